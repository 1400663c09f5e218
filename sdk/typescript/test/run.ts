/** Programs in processes of their own, that use the built package. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const nothing: (output: string, pid: number) => void = () => undefined;

export type Ended = { code: number | null; signal: string | null; output: string; ms: number };

/** Until it has ended; it sends to this address. */
export function run(
  url: string,
  program: string,
  { command = process.execPath, args = ["--input-type=module", "-e"], env = {}, onOutput = nothing } = {},
): Promise<Ended> {
  const started = Date.now();
  const child = spawn(command, [...args, program], {
    cwd: PACKAGE, // where the package finds itself by its own name
    env: { ...process.env, TOKENBOARD_API_KEY: "tb", TOKENBOARD_BASE_URL: url, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      output += part.toString();
      onOutput(output, child.pid ?? 0);
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, output, ms: Date.now() - started }));
  });
}
