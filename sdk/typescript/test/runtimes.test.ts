/** The built package on the runtimes of `runtimes/`, with OpenAI's real client over the stand-in. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { describe, expect, inject, it, onTestFinished } from "vitest";

import { run } from "./run.js";
import { board, waitUntil } from "./servers.js";

const HERE = fileURLToPath(new URL("runtimes/", import.meta.url));
const INSTALLED = fileURLToPath(new URL("../runtimes/node_modules/", import.meta.url));
const FIXTURES = new URL("../../fixtures/openai/", import.meta.url);
const PLATFORM = `${process.platform}-${process.arch}`;

/** They are installed by scripts/sdk_typescript.py; Node's own packages are for Linux. */
const isMissing = (path: string): boolean =>
  !existsSync(INSTALLED) || (!existsSync(path) && PLATFORM !== "linux-x64");
const node = (name: string): string => `${INSTALLED}${name}-${PLATFORM}/bin/node`;
const WORKERD = `${INSTALLED}.bin/workerd`;
const DENO = ["run", "--quiet", "--allow-all"];

/** The newest release of OpenAI's client wants Node 22. */
const PROCESSES: [string, string, string[], string][] = [
  ["Node 18", node("node-18"), [], "openai-old"],
  ["the newest Node", node("node-newest"), [], "openai"],
  ["Bun", `${INSTALLED}.bin/bun`, [], "openai"],
  ["Deno", `${INSTALLED}.bin/deno`, DENO, "openai"],
];

/** What the fixtures say of a call and of a stream. */
const EXPECTED = ["chat", "chat_stream_usage"].map((name) => ({
  ...(JSON.parse(readFileSync(new URL(`${name}.case.json`, FIXTURES)).toString()) as { event: object }).event,
  user: "c_42",
  status: "ok",
}));

describe.each(PROCESSES)("%s", (_, command, args, client) => {
  it.skipIf(isMissing(command))("asks as without us, and what was used is there at its end", async () => {
    const there = await board();
    const env = { STANDIN: inject("standin"), OPENAI: client };
    const ended = await run(there.url, `${HERE}program.mjs`, { command, args, env });
    expect(ended).toMatchObject({ code: 0, signal: null, output: "the same: true\n" });
    const byHand = { user: "c_43", usage: { input_tokens: 1 } };
    expect(there.events).toMatchObject([...EXPECTED, byHand]);
  });
});

async function bundled(program: string, format: "esm" | "iife", conditions: string[]): Promise<string> {
  const built = await build({
    entryPoints: [`${HERE}${program}`],
    bundle: true,
    write: false,
    format,
    conditions,
    external: ["cloudflare:workers"],
    logLevel: "silent",
  });
  const { text } = built.outputFiles[0]!;
  expect(text).not.toContain("node:http");
  return text;
}

/** A Worker that was made on this day, which says what it finds in its runtime. */
function config(day: string, said: Record<string, string>): string {
  const bindings = Object.entries(said).map(([name, text]) => `( name = "${name}", text = "${text}" )`);
  return `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        ( name = "main", worker = (
          modules = [ (name = "worker", esModule = embed "worker.js") ],
          compatibilityDate = "${day}",
          bindings = [ ${bindings.join(", ")} ],
        ) ),
        ( name = "internet", network = ( allow = [ "private" ] ) ),
      ],
      sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
    );`;
}

/** Cloudflare's runtime serving this folder's configuration; answers its address. */
async function serve(folder: string): Promise<string> {
  const child = spawn(WORKERD, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill();
    await gone;
  });
  let said = "";
  for await (const part of child.stdio[3] as AsyncIterable<Buffer>) {
    said += part.toString();
    const port = /"port":(\d+)/.exec(said)?.[1];
    if (port !== undefined) return `http://127.0.0.1:${port}`;
  }
  throw new Error(`no address: ${said}`);
}

describe("Cloudflare's workerd", () => {
  it.skipIf(isMissing(WORKERD)).each([
    ["without Node's APIs", "2024-09-01", "globally"],
    ["with those it has since August 2026", "2026-10-20", "globally"],
    ["with a request's own waitUntil", "2026-10-20", "in a context"],
  ])("%s, asks as without us, and what was used is there after each answer", async (_, day, waits) => {
    const there = await board();
    const folder = mkdtempSync(join(tmpdir(), "workerd-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const said = { STANDIN: inject("standin"), BOARD: there.url, WAITS: waits };
    writeFileSync(join(folder, "worker.js"), await bundled("worker.mjs", "esm", ["workerd", "worker"]));
    writeFileSync(join(folder, "config.capnp"), config(day, said));
    const address = await serve(folder);
    for (const asked of [1, 2]) {
      expect(await (await fetch(address)).text()).toBe("the same: true");
      await waitUntil(() => there.events.length === asked * EXPECTED.length);
    }
    expect(there.events).toMatchObject([...EXPECTED, ...EXPECTED]);
  });
});

it("Vercel's edge runtime asks as without us, and hands on what is to be waited for", async () => {
  const { EdgeVM } = createRequire(import.meta.url)("@edge-runtime/vm") as { EdgeVM: new () => any };
  const there = await board();
  const vm = new EdgeVM();
  vm.evaluate(await bundled("isolate.mjs", "iife", ["edge-light", "worker"]));
  const asked = JSON.stringify({ board: there.url, standin: inject("standin") });
  expect(await vm.evaluate(`globalThis.answer(${asked})`)).toBe("the same: true");
  expect(there.events).toMatchObject(EXPECTED);
});
