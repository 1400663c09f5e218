import { createOpenAI } from "@ai-sdk/openai";
import * as ai7 from "ai";
import * as ai6 from "ai-6";
import { createOpenAI as createOpenAI3 } from "ai-sdk-openai-3";
import { describe, expect, inject, it } from "vitest";

import * as tokenboard from "../src/index.js";
import { tracked } from "./servers.js";

const VERSIONS: [string, any, any][] = [
  ["ai 7", ai7, createOpenAI],
  ["ai 6", ai6, createOpenAI3],
];

describe.each(VERSIONS)("the AI SDK, %s", (_, ai, create) => {
  const openai = (): any => create({ apiKey: "k", baseURL: `${inject("standin")}/openai/v1` });
  const tracking = (model: any): any =>
    ai.wrapLanguageModel({ model, middleware: tokenboard.tokenboardMiddleware() });

  it.each([
    ["chat", "chat.completions"],
    ["responses", "responses"],
  ])("generates and streams text by %s as without us", async (kind, api) => {
    const board = await tracked();
    const plain = openai()[kind]("gpt-4o");
    const ask = { prompt: "How far is the moon?", maxRetries: 0 };
    const [expected, actual] = [
      await ai.generateText({ ...ask, model: plain }),
      await ai.generateText({ ...ask, model: tracking(openai()[kind]("gpt-4o")) }),
    ];
    expect([actual.text, actual.usage]).toEqual([expected.text, expected.usage]);
    expect(await ai.streamText({ ...ask, model: tracking(openai()[kind]("gpt-4o")) }).text).toBe(
      await ai.streamText({ ...ask, model: plain }).text,
    );
    await tokenboard.flush();
    expect(board.events).toHaveLength(2);
    for (const event of board.events) {
      expect(event).toMatchObject({
        provider: "openai",
        api,
        operation: "chat",
        model: "gpt-4o-2024-08-06",
        requested_model: "gpt-4o",
        status: "ok",
      });
      const read =
        kind === "chat" ? event.raw_usage.prompt_tokens_details : event.raw_usage.input_tokens_details;
      expect(read.cached_tokens).toBe(1000);
      expect(event.provider_response_id).toMatch(/^(chatcmpl|resp)/);
    }
    expect(board.events[1]!.time_to_first_token_ms).toBeGreaterThan(0);
    expect(tokenboard.dropped()).toEqual({});
  });

  it("embeds as without us", async () => {
    const board = await tracked();
    const model = openai().embedding("text-embedding-3-small");
    const middleware = tokenboard.tokenboardEmbeddingMiddleware();
    const wrapped = ai.wrapEmbeddingModel({
      model: openai().embedding("text-embedding-3-small"),
      middleware,
    });
    const [expected, actual] = [
      await ai.embed({ model, value: "x" }),
      await ai.embed({ model: wrapped, value: "x" }),
    ];
    expect(actual.embedding).toEqual(expected.embedding);
    expect(await board.event()).toMatchObject({
      provider: "openai",
      operation: "embeddings",
      api: "embeddings",
    });
  });

  it("throws what it throws, and that is an event", async () => {
    const board = await tracked();
    const failing = create({ apiKey: "k", baseURL: `${inject("standin")}/fault/500/openai/v1` }).chat(
      "gpt-4o",
    );
    await expect(ai.generateText({ model: tracking(failing), prompt: "x", maxRetries: 0 })).rejects.toThrow();
    expect(await board.event()).toMatchObject({ status: "error", http_status: 500, model: "gpt-4o" });
  });
});
