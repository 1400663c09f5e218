/** For Vercel's edge runtime: one function, called from outside. */

import * as tokenboard from "@tokenboard/sdk";
import { OpenAI } from "openai";

import { asks } from "./asks.mjs";

globalThis.answer = async ({ board, standin }) => {
  const works = [];
  tokenboard.init({
    apiKey: "tb",
    baseUrl: board,
    flushIntervalMs: 60_000,
    waitUntil: (work) => works.push(work),
  });
  const isSame = await asks(tokenboard, OpenAI, standin);
  await Promise.all(works);
  return `the same: ${isSame}`;
};
