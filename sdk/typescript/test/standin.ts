/** Starts the vendors' stand-in once for all tests, and says where it is. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { TestProject } from "vitest/node";

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- only an interface can be added to
  interface ProvidedContext {
    standin: string;
  }
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export default async function setup(project: TestProject): Promise<() => void> {
  const own = `${ROOT}.venv/bin/python`;
  const child = spawn(existsSync(own) ? own : "python3", ["-m", "sdk.standin", "--port", "0"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`the stand-in ended: ${String(code)}`));
    });
    createInterface(child.stdout).once("line", (line) => {
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  project.provide("standin", url);
  return () => {
    child.kill();
  };
}
