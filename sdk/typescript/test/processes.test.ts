/** What becomes of events when the program ends, in processes of their own that use the built package. */

import { describe, expect, it } from "vitest";

import { run } from "./run.js";
import { board } from "./servers.js";

const START = `
const tokenboard = await import("@tokenboard/sdk");
tokenboard.init({ flushIntervalMs: 60000, exitTimeoutMs: Number(process.env.EXIT_MS ?? 120000), timeoutMs: 120000 });
const call = { provider: "openai", model: "gpt-5.4", usage: { inputTokens: 1 } };
tokenboard.track(call);
`;

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
    expect(ended.ms).toBeLessThan(60_000);
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
