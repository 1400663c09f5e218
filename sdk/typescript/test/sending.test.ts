import { existsSync, readFileSync } from "node:fs";

import OpenAI from "openai";
import { describe, expect, inject, it, vi } from "vitest";

import { backOffMs, judge, retryAfter } from "../src/answers.js";
import { encoded } from "../src/events.js";
import { responseEventId } from "../src/identity.js";
import { instantOf } from "../src/ids.js";
import * as tokenboard from "../src/index.js";
import { answer, board, tracked, waitUntil } from "./servers.js";

const CALL = { provider: "openai", model: "gpt-5.4", usage: { inputTokens: 3, outputTokens: 1 } };

describe("track", () => {
  it("speaks the server's words", async () => {
    const there = await tracked();
    const id = tokenboard.track({
      ...CALL,
      rawUsage: undefined,
      latencyMs: 12,
      sessionId: "s",
      occurredAt: new Date("2026-11-20T10:00:00Z"),
      tags: { feature: "search", empty: undefined },
    });
    expect(await there.event()).toEqual({
      event_id: id,
      occurred_at: "2026-11-20T10:00:00.000Z",
      provider: "openai",
      model: "gpt-5.4",
      usage: { input_tokens: 3, output_tokens: 1 },
      latency_ms: 12,
      session_id: "s",
      tags: { feature: "search" },
    });
    expect(there.requests[0]!.headers).toMatchObject({
      authorization: "Bearer tb_test",
      "content-encoding": "gzip",
    });
    expect(there.envelopes[0]!.sender).toMatchObject({
      name: `tokenboard-typescript/${tokenboard.VERSION}`,
      dropped: {},
    });
  });

  it("without a key does nothing", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue(undefined);
    tokenboard.init({ baseUrl: "http://127.0.0.1:9" });
    tokenboard.init({ baseUrl: "http://127.0.0.1:9" });
    expect(tokenboard.track(CALL)).toBeUndefined();
    expect(await tokenboard.flush()).toBe(true);
    expect(told.mock.calls.length).toBeLessThanOrEqual(1);
    told.mockRestore();
  });

  it("takes its settings from the environment, unless it is disabled", async () => {
    const there = await board();
    Object.assign(process.env, {
      TOKENBOARD_API_KEY: "tb_env",
      TOKENBOARD_BASE_URL: there.url,
      TOKENBOARD_PROJECT: "shop",
      TOKENBOARD_ENVIRONMENT: "prod",
    });
    tokenboard.track(CALL);
    expect(await there.event()).toMatchObject({ project: "shop", environment: "prod" });
    process.env.TOKENBOARD_DISABLED = "1";
    tokenboard.init();
    expect(tokenboard.track(CALL)).toBeUndefined();
  });

  it("never throws, whatever it is given", async () => {
    const there = await tracked();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => tokenboard.track({ ...CALL, rawUsage: circle })).not.toThrow();
    expect(() => tokenboard.track(null as never)).not.toThrow();
    expect(() => tokenboard.track({ ...CALL, occurredAt: new Date(Number.NaN) })).not.toThrow();
    expect(() => tokenboard.wrap(null)).not.toThrow();
    expect(tokenboard.dropped().not_encodable).toBeGreaterThanOrEqual(1);
    await tokenboard.flush();
    expect(there.envelopes.at(-1)!.sender.dropped.not_encodable).toBeGreaterThanOrEqual(1);
  });
});

describe("context", () => {
  it("holds across awaits, the innermost wins, tags are merged", async () => {
    const there = await tracked();
    await tokenboard.context({ user: "c_1", feature: "search", sessionId: "s_1" }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await tokenboard.context({ user: "c_2", tags: { plan: "pro" } }, async () => {
        await Promise.resolve();
        tokenboard.track({ ...CALL, model: "inner" });
      });
      tokenboard.track({ ...CALL, model: "outer" });
    });
    tokenboard.track({ ...CALL, model: "outside" });
    await tokenboard.flush();
    const [inner, outer, outside] = there.events;
    expect(inner).toMatchObject({ user: "c_2", session_id: "s_1", tags: { feature: "search", plan: "pro" } });
    expect(outer).toMatchObject({ user: "c_1", tags: { feature: "search" } });
    expect(outside).not.toHaveProperty("user");
  });

  it("of a wrapped client goes behind what is said outside", async () => {
    const there = await tracked();
    const openai = new OpenAI({ apiKey: "k", baseURL: `${inject("standin")}/openai/v1`, maxRetries: 0 });
    const client = tokenboard.wrap(openai, { context: { user: "client", feature: "f", project: "p" } });
    await tokenboard.context({ user: "outside" }, () =>
      client.chat.completions.create({
        model: "gpt-4o",
        messages: [{ role: "user", content: "How far is the moon?" }],
      }),
    );
    expect(await there.event()).toMatchObject({ user: "outside", project: "p", tags: { feature: "f" } });
  });
});

describe("the transport", () => {
  it("sends many together, by number, with their order kept", async () => {
    const there = await tracked({ flushIntervalMs: 60_000 });
    for (let index = 0; index < 2500; index += 1) tokenboard.track({ ...CALL, latencyMs: index });
    expect(await tokenboard.flush()).toBe(true);
    expect(there.envelopes.map((envelope) => envelope.events.length)).toEqual([1000, 1000, 500]);
    expect(there.events.map((event) => event.latency_ms)).toEqual(
      Array.from({ length: 2500 }, (_, index) => index),
    );
  });

  it("sends by itself after its interval", async () => {
    const there = await tracked();
    tokenboard.track(CALL);
    await waitUntil(() => there.events.length === 1);
  });

  it("tries again what may be tried again, with the same ids", async () => {
    const there = await tracked();
    there.answers.push(
      answer(503, "", { "retry-after": "0" }),
      answer(429, "", { "retry-after": "0" }),
      (response) => response.destroy(),
    );
    const id = tokenboard.track(CALL);
    expect(await tokenboard.flush(60_000)).toBe(true);
    expect(there.events.map((event) => event.event_id)).toEqual([id]);
    expect(there.requests).toHaveLength(4);
    expect(tokenboard.dropped()).toEqual({});
  });

  it("waits as long as Retry-After says", async () => {
    const there = await tracked();
    there.answers.push(answer(503, "", { "retry-after": "30" }));
    tokenboard.track(CALL);
    await waitUntil(() => there.requests.length === 1);
    expect(await tokenboard.flush(100)).toBe(false);
    expect(await tokenboard.flush(100)).toBe(false);
    expect(there.requests).toHaveLength(1);
  });

  it("splits what is too large", async () => {
    const there = await tracked({ flushIntervalMs: 60_000 });
    there.answers.push(answer(413, ""));
    for (let index = 0; index < 5; index += 1) tokenboard.track({ ...CALL, latencyMs: index });
    expect(await tokenboard.flush(60_000)).toBe(true);
    expect(there.envelopes.map((envelope) => envelope.events.length)).toEqual([2, 3]);
    expect(there.events.map((event) => event.latency_ms)).toEqual([0, 1, 2, 3, 4]);
  });

  it("counts what is refused, and tells of it once", async () => {
    const there = await tracked();
    there.answers.push(answer(400, { code: "not_json" }));
    tokenboard.track(CALL);
    expect(await tokenboard.flush(60_000)).toBe(true);
    expect(tokenboard.dropped()).toEqual({ http_400: 1 });
    tokenboard.track(CALL);
    await tokenboard.flush(60_000);
    await tokenboard.flush(60_000);
    expect(there.envelopes.map(({ events, sender }) => [events.length, sender.dropped])).toEqual([
      [1, { http_400: 1 }],
    ]);
  });

  it("honours the answer event by event, and reads garbage as nothing", async () => {
    const there = await tracked();
    there.answers.push(
      answer(200, { rejected: [{ index: 0, code: "bad_model" }] }),
      answer(200, "<html>garbage"),
    );
    tokenboard.track(CALL);
    await tokenboard.flush(60_000);
    tokenboard.track(CALL);
    expect(await tokenboard.flush(60_000)).toBe(true);
    expect(tokenboard.dropped()).toEqual({ rejected_bad_model: 1 });
  });

  it("pauses after a refused key", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue(undefined);
    const there = await tracked();
    there.answers.push(answer(401, {}));
    tokenboard.track(CALL);
    await tokenboard.flush(60_000);
    expect(tokenboard.dropped()).toEqual({ unauthorized: 1 });
    tokenboard.track(CALL);
    expect(await tokenboard.flush(50)).toBe(false);
    expect(there.requests).toHaveLength(1);
    expect(JSON.stringify(told.mock.calls)).not.toContain("tb_test");
    told.mockRestore();
  });

  it("drops and counts when the queue is full, and tells of it later", async () => {
    const there = await tracked({ maxQueueEvents: 3, flushIntervalMs: 60_000 });
    for (let index = 0; index < 5; index += 1) tokenboard.track(CALL);
    expect(tokenboard.dropped()).toEqual({ queue_full: 2 });
    await tokenboard.flush(60_000);
    expect(there.events).toHaveLength(3);
    expect(there.envelopes.at(-1)!.sender.dropped).toEqual({ queue_full: 2 });
  });

  it("gives a server that is down, or slow, no more than the time it was given", async () => {
    tokenboard.init({ apiKey: "tb", baseUrl: "http://127.0.0.1:9", flushIntervalMs: 10 });
    tokenboard.track(CALL);
    const started = Date.now();
    expect(await tokenboard.flush(200)).toBe(false);
    expect(await tokenboard.shutdown(100)).toBe(false);
    expect(Date.now() - started).toBeLessThan(60_000);
    expect(tokenboard.dropped()).toEqual({ exit: 1 });
    expect(tokenboard.track(CALL)).toBeDefined();
    expect(tokenboard.dropped()).toEqual({ exit: 1, after_shutdown: 1 });
  });

  it("asks for what keeps a serverless runtime alive", async () => {
    const works: Promise<unknown>[] = [];
    const there = await tracked({ flushIntervalMs: 60_000, waitUntil: (work) => works.push(work) });
    tokenboard.track(CALL);
    expect(works).toHaveLength(1);
    await Promise.all(works);
    expect(there.events).toHaveLength(1);
    const handler = tokenboard.flushed((name: string) => {
      tokenboard.track({ ...CALL, model: name });
      return name.length;
    });
    expect(await handler("four")).toBe(4);
    expect(there.events).toHaveLength(2);
  });
});

describe("faults of a vendor", () => {
  const ask = { model: "gpt-4o", messages: [{ role: "user" as const, content: "How far is the moon?" }] };
  const make = (fault: string): OpenAI =>
    new OpenAI({
      apiKey: "k",
      baseURL: `${inject("standin")}/fault/${fault}/openai/v1`,
      maxRetries: 0,
      timeout: 5000,
    });
  const outcome = async (client: OpenAI, stream: boolean): Promise<unknown> => {
    try {
      if (!stream) return await client.chat.completions.create(ask);
      const chunks = [];
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
        chunks.push(chunk);
      return chunks;
    } catch (error) {
      return [(error as Error).constructor.name, (error as Error).message];
    }
  };

  it.each(
    ["429", "500", "cut", "slow", "no-usage", "garbage-usage", "unknown-usage", "invalid-json"].flatMap(
      (fault) => [[fault, false] as const, [fault, true] as const],
    ),
  )("%s (stream: %s) come to the program as they are, and are one event", async (fault, stream) => {
    const there = await tracked();
    // fixtures that tell their usage have another id than those that do not
    const same = (result: unknown): unknown =>
      JSON.parse(JSON.stringify(result).replace(/chatcmpl-\w+/g, "an id"));
    const expected = same(await outcome(make(fault), stream));
    expect(same(await outcome(tokenboard.wrap(make(fault), { provider: "openai" }), stream))).toEqual(
      expected,
    );
    const event = await there.event();
    expect(event.model).toMatch(/^gpt-4o/);
    expect(["ok", "error"]).toContain(event.status);
    if (fault === "no-usage" || fault === "garbage-usage") expect(event).not.toHaveProperty("raw_usage");
  });

  it("an exception inside our reading is counted, and the program does not notice", async () => {
    const there = await tracked();
    const client = make("slow");
    const hostile = new Proxy(
      {},
      {
        get: (_, name) => {
          if (name === "then") return undefined;
          throw new Error("no reading here");
        },
      },
    );
    const wrapped = tokenboard.wrap(client);
    const original = JSON.parse;
    JSON.parse = () => hostile;
    try {
      expect(await wrapped.chat.completions.create(ask)).toBe(hostile);
    } catch (error) {
      expect((error as Error).message).toBe("no reading here"); // the client itself may not like it
    } finally {
      JSON.parse = original;
    }
    await tokenboard.flush();
    expect(there.events).toHaveLength(1);
    expect(there.events[0]).not.toHaveProperty("raw_usage");
  });

  it("a stream that nobody reads to its end is told when it is dropped or left", async () => {
    const there = await tracked();
    const client = tokenboard.wrap(make("slow"), { provider: "openai" });
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      expect(chunk).toBeDefined();
      break;
    }
    expect((await there.event()).raw_usage.chunks).toHaveLength(1);
  });
});

describe("rules", () => {
  it("what an answer means", () => {
    const none = (): null => null;
    expect(
      [200, 400, 401, 404, 408, 413, 429, 500, 503].map((status) => judge(status, none, "").fate),
    ).toEqual([...["taken", "lost", "paused", "lost", "again", "split", "again", "again", "again"]]);
    expect(retryAfter("2")).toBe(2000);
    expect(retryAfter("Fri, 20 Nov 2026 10:00:05 GMT", Date.parse("2026-11-20T10:00:00Z"))).toBe(5000);
    expect([retryAfter(null), retryAfter("soon"), retryAfter("-1")]).toEqual([undefined, undefined, 0]);
    for (let failures = 1; failures < 20; failures += 1)
      expect(backOffMs(failures, undefined)).toBeLessThanOrEqual(60_000);
    expect(backOffMs(1, 3000)).toBeGreaterThanOrEqual(3000);
  });

  it("an event is cut to the server's limits", () => {
    const tags = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`t${String(index)}`, index]));
    const event = JSON.parse(
      encoded({
        provider: "p".repeat(100),
        model: "é".repeat(500),
        user: "a\0b\ud800c",
        tags,
        raw_usage: "text",
        project: null,
      }),
    );
    expect(event.provider).toHaveLength(64);
    expect(event.model).toHaveLength(256);
    expect(event.user).toBe("ab?c");
    expect(Object.keys(event.tags)).toHaveLength(20);
    expect(event).not.toHaveProperty("raw_usage");
    expect(event).not.toHaveProperty("project");
  });

  it("a later layer of an event goes first, and what it leaves open does not", () => {
    const event = JSON.parse(encoded({ user: "a", project: "p" }, { user: undefined, project: "q" }));
    expect(event).toEqual({ user: "a", project: "q" });
  });

  it("an instant is written as ISO 8601 has it", () => {
    for (const at of [0, 1_763_750_000_007, 1_763_750_000_999, 1_763_750_001_000, 1_763_750_000_050])
      expect(instantOf(at)).toBe(new Date(at).toISOString());
  });

  const vectors = new URL("../../fixtures/identities.json", import.meta.url);
  it.skipIf(!existsSync(vectors))("an id of a response that is unique names the call", () => {
    const { identities } = JSON.parse(readFileSync(vectors).toString());
    for (const { provider_response_id, event_id } of identities) {
      expect(responseEventId(provider_response_id) ?? null, provider_response_id).toBe(event_id);
    }
  });
});
