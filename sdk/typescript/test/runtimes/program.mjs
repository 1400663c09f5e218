/** For runtimes with processes. Nothing is flushed: the natural end of the program sends what is pending. */

import process from "node:process";

import * as tokenboard from "@tokenboard/sdk";

import { asks } from "./asks.mjs";

const { OpenAI } = await import(process.env.OPENAI);
tokenboard.init({ flushIntervalMs: 60_000, exitTimeoutMs: 120_000 });
const isSame = await asks(tokenboard, OpenAI, process.env.STANDIN);
await tokenboard.context({ user: "c_43" }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  tokenboard.track({ provider: "openai", model: "gpt-5.4", usage: { inputTokens: 1 } });
});
console.log(`the same: ${isSame}`);
