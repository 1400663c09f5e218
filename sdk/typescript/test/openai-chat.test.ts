import { inspect } from "node:util";

import OpenAI, { AzureOpenAI } from "openai";
import OpenAI4 from "openai-4";
import OpenAI6 from "openai-old";
import { describe, expect, it } from "vitest";

import * as tokenboard from "../src/index.js";
import { answer, events, tracked, USAGE, vendor } from "./servers.js";
import type { Respond, Server } from "./servers.js";

const ABOUT = { id: "chatcmpl-1", created: 1, model: "gpt-4o-2024-08-06", service_tier: "default" };
const MESSAGE = { role: "assistant", content: '{"a":1}', refusal: null };
const WHOLE = {
  ...ABOUT,
  object: "chat.completion",
  choices: [{ index: 0, message: MESSAGE, finish_reason: "stop", logprobs: null }],
  usage: USAGE,
};
const CHUNK = { ...ABOUT, object: "chat.completion.chunk" };
const DELTAS = [
  { ...CHUNK, choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] },
  { ...CHUNK, choices: [{ index: 0, delta: { content: '{"a":' }, finish_reason: null }] },
  { ...CHUNK, choices: [{ index: 0, delta: { content: "1}" }, finish_reason: "stop" }] },
];
const ASK = { model: "gpt-4o", messages: [{ role: "user" as const, content: "a secret question" }] };
const LAST = { ...CHUNK, choices: [], usage: USAGE };

/** As OpenAI does: the usage of a stream only for who asks. */
const chat: Respond = (response, asked) => {
  const body = JSON.parse(asked.body.toString());
  if (!body.stream) answer(200, WHOLE, { "x-request-id": "req_1" })(response, asked);
  else if (body.stream_options?.include_usage) {
    events([...DELTAS.map((chunk) => ({ ...chunk, usage: null })), LAST])(response, asked);
  } else events(DELTAS)(response, asked);
};

async function drain(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const FAMILY: [string, any][] = [
  ["openai 7", OpenAI],
  ["openai 6", OpenAI6],
  ["openai 4", OpenAI4],
];

describe.each(FAMILY)("chat completions of %s", (_, Client) => {
  async function clients(
    options: tokenboard.WrapOptions = {},
  ): Promise<{ server: Server; bare: any; wrapped: any }> {
    const server = await vendor();
    server.byDefault = chat;
    const make = (): any => new Client({ apiKey: "sk-secret", baseURL: `${server.url}/v1`, maxRetries: 0 });
    return { server, bare: make(), wrapped: tokenboard.wrap(make(), { provider: "openai", ...options }) };
  }

  it("are the same with and without us, and become one event", async () => {
    const board = await tracked({ project: "shop", environment: "test" });
    const { server, bare, wrapped } = await clients();
    const [expected, actual] = [
      await bare.chat.completions.create(ASK),
      await wrapped.chat.completions.create(ASK),
    ];
    expect(actual).toEqual(expected);
    expect(actual._request_id).toBe("req_1");
    expect(server.requests[1]!.body).toEqual(server.requests[0]!.body);
    const event = await board.event();
    expect(event).toMatchObject({
      provider: "openai",
      api: "chat.completions",
      operation: "chat",
      model: "gpt-4o-2024-08-06",
      requested_model: "gpt-4o",
      raw_usage: USAGE,
      service_tier: "default",
      provider_response_id: "chatcmpl-1",
      base_url: `${server.url}/v1`,
      status: "ok",
      http_status: 200,
      project: "shop",
      environment: "test",
    });
    expect(event.event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(JSON.stringify(board.envelopes)).not.toMatch(/secret/);
  });

  it("as a promise keep withResponse and asResponse", async () => {
    const board = await tracked();
    const { bare, wrapped } = await clients();
    const promise = wrapped.chat.completions.create(ASK);
    expect(promise.constructor).toBe(bare.chat.completions.create(ASK).constructor);
    const { data, response, request_id } = await promise.withResponse();
    expect([data.id, response.status, request_id]).toEqual(["chatcmpl-1", 200, "req_1"]);
    expect((await board.event()).raw_usage).toEqual(USAGE);
    const raw = await wrapped.chat.completions.create(ASK).asResponse();
    expect(raw).toBeInstanceOf((await bare.chat.completions.create(ASK).asResponse()).constructor);
    expect(await raw.json()).toEqual(WHOLE);
    await tokenboard.flush();
    expect(board.events.map((event) => event.raw_usage)).toEqual([USAGE, USAGE]);
  });

  it("as a stream are asked for their usage, and the chunk that tells it is hidden", async () => {
    const board = await tracked();
    const { server, bare, wrapped } = await clients();
    const read = async (client: any): Promise<unknown[]> =>
      drain(await client.chat.completions.create({ ...ASK, stream: true }));
    expect(await read(wrapped)).toEqual(await read(bare));
    expect(JSON.parse(server.requests[0]!.body.toString()).stream_options).toEqual({ include_usage: true });
    const event = await board.event();
    expect(event.raw_usage).toEqual(USAGE);
    expect(event.time_to_first_token_ms).toBeGreaterThan(0);
    expect(event.latency_ms).toBeGreaterThanOrEqual(event.time_to_first_token_ms);
  });

  it("as a stream that was asked for its usage by the program show it", async () => {
    const board = await tracked();
    const { server, bare, wrapped } = await clients();
    const asks = { ...ASK, stream: true, stream_options: { include_usage: true } };
    const read = async (client: any): Promise<unknown[]> => drain(await client.chat.completions.create(asks));
    const [expected, actual] = [await read(bare), await read(wrapped)];
    expect(actual).toEqual(expected);
    expect(actual).toHaveLength(4);
    expect(server.requests[1]!.body).toEqual(server.requests[0]!.body);
    expect((await board.event()).raw_usage).toEqual(USAGE);
  });

  it("are sent as the program wrote them where streamUsage is off", async () => {
    const board = await tracked({ streamUsage: false });
    const { server, wrapped } = await clients();
    await drain(await wrapped.chat.completions.create({ ...ASK, stream: true }));
    expect(JSON.parse(server.requests[0]!.body.toString())).not.toHaveProperty("stream_options");
    expect(await board.event()).not.toHaveProperty("raw_usage");
  });

  it("of hosts that nobody knows are not asked", async () => {
    const board = await tracked();
    const { server, wrapped } = await clients({ provider: undefined });
    await drain(await wrapped.chat.completions.create({ ...ASK, stream: true }));
    expect(JSON.parse(server.requests[0]!.body.toString())).not.toHaveProperty("stream_options");
    expect((await board.event()).provider).toBe("openai-compatible");
  });

  it("by the stream helper and by parse are one event each", async () => {
    const board = await tracked();
    const { bare, wrapped } = await clients();
    const helper = (client: any): any =>
      (client.chat.completions.stream ?? client.beta.chat.completions.stream).bind(
        client.chat.completions.stream ? client.chat.completions : client.beta.chat.completions,
      );
    const [expected, actual] = [
      await helper(bare)(ASK).finalChatCompletion(),
      await helper(wrapped)(ASK).finalChatCompletion(),
    ];
    expect(actual).toEqual(expected);
    expect((await board.event()).raw_usage).toEqual(USAGE);
    const parse = (client: any): any =>
      client.chat.completions.parse ? client.chat.completions : client.beta.chat.completions;
    expect(await parse(wrapped).parse(ASK)).toEqual(await parse(bare).parse(ASK));
    await tokenboard.flush();
    expect(board.events.map((event) => event.raw_usage)).toEqual([USAGE, USAGE]);
  });

  it("that are left say what they had told by then", async () => {
    const board = await tracked();
    const { wrapped } = await clients();
    for await (const chunk of await wrapped.chat.completions.create({ ...ASK, stream: true })) {
      expect(chunk.id).toBe("chatcmpl-1");
      break;
    }
    expect((await board.event()).raw_usage).toEqual({
      chunks: [{ id: ABOUT.id, model: ABOUT.model, service_tier: "default", choices: [{}] }],
    });
  });

  it("that are aborted end as they do without us", async () => {
    const board = await tracked();
    const { server, bare, wrapped } = await clients();
    server.byDefault = events(DELTAS, { hang: true });
    const run = async (client: any): Promise<unknown[]> => {
      const stream = await client.chat.completions.create({ ...ASK, stream: true });
      const chunks = [];
      for await (const chunk of stream) {
        chunks.push(chunk);
        if (chunks.length === 2) stream.controller.abort();
      }
      return chunks;
    };
    expect(await run(wrapped)).toEqual(await run(bare));
    expect((await board.event()).raw_usage.chunks).toHaveLength(1);
  });

  it("that fail throw what they throw, and are an event", async () => {
    const board = await tracked();
    const { server, bare, wrapped } = await clients();
    server.byDefault = answer(429, { error: { message: "too many", type: "rate" } });
    const [expected, actual] = await Promise.all(
      [bare, wrapped].map((client) => client.chat.completions.create(ASK).catch((error: unknown) => error)),
    );
    expect(actual.constructor).toBe(expected.constructor);
    expect(actual.message).toBe(expected.message);
    expect(await board.event()).toMatchObject({
      status: "error",
      error_type: "RateLimitError",
      http_status: 429,
      model: "gpt-4o",
    });
  });

  it("say how often they were tried again", async () => {
    const board = await tracked();
    const server = await vendor();
    server.answers.push(
      answer(500, {}, { "retry-after-ms": "1" }),
      answer(500, {}, { "retry-after-ms": "1" }),
    );
    server.byDefault = chat;
    const client = tokenboard.wrap(new Client({ apiKey: "sk", baseURL: server.url, maxRetries: 3 }));
    await client.chat.completions.create(ASK);
    expect((await board.event()).tags).toEqual({ retries: "2" });
  });

  it("that nobody waits for are not rejected by us", async () => {
    const board = await tracked();
    const { wrapped } = await clients();
    const abort = new AbortController();
    const promise = wrapped.chat.completions.create(ASK, { signal: abort.signal });
    abort.abort();
    await expect(promise).rejects.toThrow("aborted");
    expect(await board.event()).toMatchObject({ status: "error", error_type: "APIUserAbortError" });
  });

  it("of a client made by withOptions are tracked, and wrapping twice is once", async () => {
    const board = await tracked();
    const { wrapped } = await clients();
    expect(tokenboard.wrap(wrapped)).toBe(wrapped);
    if (wrapped.withOptions) {
      await wrapped.withOptions({ timeout: 5000 }).chat.completions.create(ASK);
      expect((await board.event()).provider).toBe("openai");
    }
    tokenboard.unwrap(wrapped);
    expect(Object.keys(wrapped)).not.toContain("makeRequest");
    await wrapped.chat.completions.create(ASK);
    await tokenboard.flush();
    expect(board.events.length).toBeLessThanOrEqual(1);
  });

  it("of embeddings and text completions are tracked too", async () => {
    const board = await tracked();
    const { server, wrapped } = await clients();
    const usage = { prompt_tokens: 8, total_tokens: 8 };
    server.byDefault = answer(200, {
      object: "list",
      model: "text-embedding-3-small",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      usage,
    });
    await wrapped.embeddings.create({
      model: "text-embedding-3-small",
      input: "x",
      encoding_format: "float",
    });
    expect(await board.event()).toMatchObject({
      api: "embeddings",
      operation: "embeddings",
      raw_usage: usage,
    });
  });
});

it("Azure's calls name their deployment", async () => {
  const board = await tracked();
  const server = await vendor();
  server.byDefault = chat;
  const azure = new AzureOpenAI({
    apiKey: "k",
    baseURL: `${server.url}/openai`,
    apiVersion: "2025-01-01-preview",
    deployment: "ours",
  });
  const client = tokenboard.wrap(azure, { provider: "azure" });
  await drain(await client.chat.completions.create({ ...ASK, stream: true }));
  expect(server.requests[0]!.path).toContain("/deployments/ours/chat/completions");
  expect(await board.event()).toMatchObject({ provider: "azure", deployment: "ours", raw_usage: USAGE });
});

it("a batch's answers are of when they were made, however late they are read", async () => {
  const board = await tracked();
  const server = await vendor();
  const line = { id: "batch_req_1", custom_id: "a", response: { status_code: 200, body: WHOLE } };
  server.byDefault = answer(200, JSON.stringify(line), { "content-type": "application/jsonl" });
  const client = tokenboard.wrap(new OpenAI({ apiKey: "sk", baseURL: server.url }), { provider: "openai" });
  expect(await (await client.files.content("file-1")).text()).toBe(JSON.stringify(line));
  expect(await board.event()).toMatchObject({
    event_id: "openai-batch-chatcmpl-1",
    occurred_at: "1970-01-01T00:00:01.000Z",
    api: "batches.chat.completions",
    raw_usage: USAGE,
  });
});

it("a client that prints its requests prints nothing of ours", async () => {
  await tracked({ apiKey: "tb_hidden" });
  const server = await vendor();
  server.byDefault = answer(200, WHOLE);
  const printed: unknown[] = [];
  const print = (...parts: unknown[]): void => void printed.push(parts);
  const logger = { debug: print, info: print, warn: print, error: print };
  const about = { apiKey: "sk", baseURL: server.url, logger, logLevel: "debug" as const };
  await tokenboard.context({ user: "c_hidden" }, () =>
    tokenboard.wrap(new OpenAI(about)).chat.completions.create(ASK),
  );
  expect(inspect(printed, { depth: 20 })).toContain("sending request");
  expect(inspect(printed, { depth: 20 })).not.toMatch(/_hidden/);
});
