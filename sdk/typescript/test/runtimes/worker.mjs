/** For Cloudflare's runtime: Workers as docs/sdk-typescript.md has them. */

import { env, waitUntil } from "cloudflare:workers";

import * as tokenboard from "@tokenboard/sdk";
import { OpenAI } from "openai";

import { asks } from "./asks.mjs";

const settings = { apiKey: "tb", baseUrl: env.BOARD, flushIntervalMs: 60_000 };
tokenboard.init(env.WAITS === "globally" ? { ...settings, waitUntil } : settings);

const answer = () => asks(tokenboard, OpenAI, env.STANDIN);

export default {
  async fetch(_request, _env, ctx) {
    const within = { waitUntil: ctx.waitUntil.bind(ctx) };
    const isSame = await (env.WAITS === "globally" ? answer() : tokenboard.context(within, answer));
    return new Response(`the same: ${isSame}`);
  },
};
