/** What becomes of events when the program ends, in processes of their own that use the built package. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { board, waitUntil } from "./servers.js";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const START = `
const tokenboard = await import("@tokenboard/sdk");
tokenboard.init({ flushIntervalMs: 60000, exitTimeoutMs: Number(process.env.EXIT_MS ?? 2000) });
const call = { provider: "openai", model: "gpt-5.4", usage: { inputTokens: 1 } };
tokenboard.track(call);
`;

type Ended = { code: number | null; signal: string | null; output: string; ms: number };

function run(
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

const nothing: (output: string, pid: number) => void = () => undefined;

function terminate(output: string, pid: number): void {
  if (output.includes("ready")) process.kill(pid, "SIGTERM");
}

describe("the end of a program", () => {
  it("waits for what is pending, and changes nothing else", async () => {
    const there = await board();
    const ended = await run(there.url, `${START} process.exitCode = 3;`);
    expect(ended).toMatchObject({ code: 3, signal: null, output: "" });
    expect(there.events).toHaveLength(1);
  });

  it("does not wait longer than it may for a server that does not answer", async () => {
    const there = await board();
    there.byDefault = () => undefined;
    const ended = await run(there.url, START, { env: { EXIT_MS: "200" } });
    expect(ended).toMatchObject({ code: 0, output: "" });
    expect(ended.ms).toBeLessThan(6000);
  });

  it("by a signal that nobody listens to is by that signal, after the flush", async () => {
    const there = await board();
    const stays = `${START} setInterval(() => undefined, 1000); console.log("ready");`;
    const ended = await run(there.url, stays, {
      onOutput: terminate,
    });
    expect(ended).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(there.events).toHaveLength(1);
  });

  it("by a signal that the program listens to is the program's own", async () => {
    const there = await board();
    const listens = `${START}
      process.on("SIGTERM", async () => { await tokenboard.shutdown(); process.exit(7); });
      setInterval(() => undefined, 1000); console.log("ready");`;
    const ended = await run(there.url, listens, {
      onOutput: terminate,
    });
    expect(ended).toMatchObject({ code: 7, signal: null });
    expect(there.events).toHaveLength(1);
  });

  it("is not put off where nothing is pending", async () => {
    const there = await board();
    const ended = await run(
      there.url,
      `${START} await tokenboard.flush(); console.log(process.listenerCount("SIGTERM"), process.listenerCount("beforeExit"));`,
    );
    expect(ended).toMatchObject({ code: 0, output: "0 0\n" });
  });
});

const bin = (name: string): string => `${PACKAGE}node_modules/.bin/${name}`;
const SHARED = `${START}
await tokenboard.context({ user: "c_42" }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  tokenboard.track({ ...call, model: "within" });
});
if (!(await tokenboard.flush(5000))) throw new Error("not sent");
`;

describe("other runtimes", () => {
  it("CommonJS shares its settings with ESM in one process", async () => {
    const there = await board();
    const program = `${START}
      const { createRequire } = await import("node:module");
      const other = createRequire(process.cwd() + "/x.js")("@tokenboard/sdk");
      await tokenboard.context({ user: "c_1" }, async () => other.track(call));
      await other.flush();`;
    expect(await run(there.url, program)).toMatchObject({ code: 0, output: "" });
    expect(there.events.map((event) => event.user)).toEqual([undefined, "c_1"]);
  });

  it.each([
    ["bun", ["-e"]],
    ["deno", ["eval", "--quiet"]],
  ])("%s tracks, with contexts", async (name, args) => {
    if (!existsSync(bin(name))) return;
    const there = await board();
    const ended = await run(there.url, `${SHARED} console.log("done");`, {
      command: bin(name),
      args,
      env: { NO_COLOR: "1" },
    });
    expect(ended.output.trim().split("\n").at(-1)).toBe("done");
    expect(ended.code).toBe(0);
    expect(there.events.map((event) => event.user)).toEqual([undefined, "c_42"]);
  });

  it("an edge runtime, without anything of Node's, tracks", async () => {
    const { EdgeVM } = createRequire(import.meta.url)("@edge-runtime/vm") as { EdgeVM: new () => any };
    const there = await board();
    const { build } = await import("esbuild");
    const program = `
      import * as tokenboard from "@tokenboard/sdk";
      const works = [];
      tokenboard.init({ apiKey: "tb", baseUrl: ${JSON.stringify(there.url)}, waitUntil: (work) => works.push(work) });
      globalThis.done = (async () => {
        const call = { provider: "openai", model: "gpt-5.4", usage: { inputTokens: 1 } };
        tokenboard.track(call);
        await tokenboard.context({ user: "c_42" }, async () => { tokenboard.track(call); });
        await Promise.all(works);
        return tokenboard.flush();
      })();`;
    const built = await build({
      stdin: { contents: program, resolveDir: PACKAGE },
      bundle: true,
      write: false,
      format: "iife",
      conditions: ["edge-light"],
      logLevel: "silent",
    });
    const vm = new EdgeVM();
    expect(await vm.evaluate(`${built.outputFiles[0]!.text}; globalThis.done`)).toBe(true);
    await waitUntil(() => there.events.length === 2);
    expect(there.events.map((event) => event.user)).toEqual([undefined, "c_42"]);
    expect(built.outputFiles[0]!.text).not.toContain("node:http");
  });
});
