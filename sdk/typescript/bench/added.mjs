/** What the SDK adds to a call on the thread that makes it, what it holds and how fast it sends: `npm run bench`, over the built package. Prints figures, asserts nothing. */

import http from "node:http";
import { cpus } from "node:os";

import * as tokenboard from "@tokenboard/sdk";
import OpenAI from "openai";

const CALLS = 20_000;
const QUEUED = 100_000;
const CHAT = {
  id: "chatcmpl-1234567890abcdef",
  object: "chat.completion",
  created: 1,
  model: "gpt-5.4-2026-03-05",
  service_tier: "default",
  choices: [
    { index: 0, finish_reason: "stop", message: { role: "assistant", content: "word ".repeat(500) } },
  ],
  usage: {
    prompt_tokens: 1200,
    completion_tokens: 300,
    total_tokens: 1500,
    prompt_tokens_details: { cached_tokens: 1000, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 100, audio_tokens: 0 },
  },
};
const BODY = JSON.stringify(CHAT);
const answer = () => Promise.resolve(new Response(BODY, { headers: { "content-type": "application/json" } }));
const client = () => new OpenAI({ apiKey: "sk", baseURL: "https://api.openai.com/v1", fetch: answer });

async function timed(client, calls) {
  const times = [];
  for (let index = 0; index < calls; index += 1) {
    const started = performance.now();
    await client.chat.completions.create({ model: "gpt-5.4", messages: [] });
    times.push(performance.now() - started);
  }
  return times;
}

const middle = (times) => times.sort((a, b) => a - b)[times.length >> 1] * 1000;

tokenboard.init({
  apiKey: "tb_bench",
  baseUrl: "http://127.0.0.1:9",
  flushIntervalMs: 60_000,
  maxQueueEvents: 1_000_000,
});
const [bare, wrapped] = [client(), tokenboard.wrap(client())];
await tokenboard.context({ user: "c_42", feature: "search" }, async () => {
  for (const each of [bare, wrapped]) await timed(each, CALLS / 4);
  const [without, withUs] = [[], []];
  for (let round = 0; round < 10; round += 1) {
    without.push(...(await timed(bare, CALLS / 10)));
    withUs.push(...(await timed(wrapped, CALLS / 10)));
  }
  const [one, other] = [middle(without), middle(withUs)];
  console.log(`Node ${process.version}, ${String(cpus().length)} cores`);
  console.log(
    `a call ${one.toFixed(1)} us, tracked ${other.toFixed(1)} us: ${(other - one).toFixed(1)} us added (median)`,
  );
});
await tokenboard.shutdown(0);

function track() {
  for (let index = 0; index < QUEUED; index += 1) {
    tokenboard.track({
      provider: "openai",
      model: "gpt-5.4",
      rawUsage: CHAT.usage,
      user: `c_${String(index % 100)}`,
    });
  }
}

tokenboard.init({ apiKey: "tb_bench", baseUrl: "http://127.0.0.1:9", flushIntervalMs: 60_000 });
globalThis.gc?.();
const before = process.memoryUsage();
track();
await new Promise((resolve) => setTimeout(resolve, 5000)); // batches are compressed meanwhile
globalThis.gc?.();
const after = process.memoryUsage();
const held = after.heapUsed + after.external - before.heapUsed - before.external;
console.log(`${String(QUEUED)} events that nobody takes: ${(held / 1e6).toFixed(0)} MB`);
await tokenboard.shutdown(0);

// a server on this machine that takes everything
const taker = http.createServer((request, response) => {
  request.resume().on("end", () => response.end("{}"));
});
await new Promise((resolve) => taker.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${String(taker.address().port)}`;
tokenboard.init({ apiKey: "tb_bench", baseUrl, flushIntervalMs: 60_000 });
const started = performance.now();
track();
if (!(await tokenboard.flush(120_000))) throw new Error("not all was sent");
const rate = QUEUED / ((performance.now() - started) / 1000);
console.log(`shipped: ${rate.toFixed(0)} events/s, tracking included`);
await tokenboard.shutdown(0);
taker.closeAllConnections();
taker.close();
