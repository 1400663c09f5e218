import OpenAI from "openai";
import OpenAI4 from "openai-4";
import OpenAI6 from "openai-old";
import { describe, expect, inject, it, onTestFinished } from "vitest";

import * as tokenboard from "../src/index.js";
import { make, RELEASES } from "./clients.js";
import { DRIVERS } from "./drivers.js";
import { answer, Board, events, USAGE, vendor, waitUntil } from "./servers.js";
import type { Respond, Server } from "./servers.js";

const ASK = { model: "gpt-4o", messages: [{ role: "user" as const, content: "How far is the moon?" }] };
const ABOUT = { id: "chatcmpl-1", created: 1, model: "gpt-4o-2024-08-06" };
const MESSAGE = { role: "assistant", content: "far" };
const WHOLE = {
  ...ABOUT,
  object: "chat.completion",
  choices: [{ index: 0, message: MESSAGE, finish_reason: "stop" }],
  usage: USAGE,
};
const CHUNK = { ...ABOUT, object: "chat.completion.chunk" };
const CHUNKS = [
  { ...CHUNK, choices: [{ index: 0, delta: { role: "assistant", content: "far" }, finish_reason: null }] },
  { ...CHUNK, choices: [{ index: 0, delta: { content: "!" }, finish_reason: "stop" }] },
  { ...CHUNK, choices: [], usage: USAGE },
];
const BUDGET = {
  id: "019ab7aa-0000-7000-8000-000000000001",
  name: "Support",
  limit: "strict",
  amount: "1",
  spent: "0.25",
  reserved: "0.5",
  remaining: "0.25",
  unpriced_calls: 0,
  resets_at: "2026-12-01T00:00:00Z",
  on_unavailable: "open",
};
const CLOSED = { ...BUDGET, on_unavailable: "closed" };
const EXHAUSTED = answer(402, {
  code: "budget_exhausted",
  title: "no",
  detail: "Support has $0.25 left.",
  budgets: [BUDGET],
});
const granted = (id: string, budgets: object[] = [BUDGET]): Respond =>
  answer(200, { reservation_id: id, amount: "0.1", expires_at: "x", budgets });
const never: Respond = () => undefined;

/** In TokenBoard's place, with budgets: grants what it is asked for, unless the test says what it answers. */
class Keeper extends Board {
  budgets: object[] = [BUDGET];
  readonly asked: [string, Record<string, unknown>][] = [];
  readonly reserving: Respond[] = [];
  extending: Respond = answer(200, {});

  constructor() {
    super();
    const take = this.byDefault;
    this.byDefault = (response, asked) => {
      const [, verb] = /^\/api\/v1\/budgets\/(\w+)$/.exec(asked.path) ?? [];
      if (verb === undefined) {
        take(response, asked);
        return;
      }
      this.asked.push([verb, JSON.parse(asked.body.toString()) as Record<string, unknown>]);
      const grant = granted(`r${String(this.of("reserve").length)}`, this.budgets);
      if (verb === "reserve") (this.reserving.shift() ?? grant)(response, asked);
      else (verb === "extend" ? this.extending : answer(200, { released: true }))(response, asked);
    };
  }

  of(verb: string): Record<string, unknown>[] {
    return this.asked.filter(([each]) => each === verb).map(([, body]) => body);
  }
}

async function keeping(more: tokenboard.InitOptions = {}): Promise<Keeper> {
  const keeper = await new Keeper().start();
  onTestFinished(() => {
    keeper.stop();
  });
  tokenboard.init({
    apiKey: "tb_test",
    baseUrl: keeper.url,
    flushIntervalMs: 20,
    project: "shop",
    enforceBudgets: true,
    budgetTimeoutMs: 60_000,
    ...more,
  });
  return keeper;
}

const chat: Respond = (response, asked) => {
  const { stream } = JSON.parse(asked.body.toString()) as { stream?: boolean };
  (stream ? events(CHUNKS) : answer(200, WHOLE))(response, asked);
};

async function asking(
  options: tokenboard.WrapOptions = {},
  respond = chat,
  Client: any = OpenAI,
): Promise<{ server: Server; client: any }> {
  const server = await vendor();
  server.byDefault = respond;
  const bare = new Client({ apiKey: "sk", baseURL: `${server.url}/v1`, maxRetries: 0 });
  return { server, client: tokenboard.wrap(bare, { provider: "openai", ...options }) };
}

async function refusal(promise: Promise<unknown>): Promise<any> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each([
  ["openai 7", OpenAI],
  ["openai 6", OpenAI6],
  ["openai 4", OpenAI4],
])("a call of %s", (_, Client) => {
  it("is asked for before it is made, and its event settles it", async () => {
    const keeper = await keeping();
    const { client } = await asking({}, chat, Client);
    await tokenboard.context({ user: "c_42", feature: "search", environment: "test" }, () =>
      client.chat.completions.create({ ...ASK, max_tokens: 100 }),
    );
    expect((await keeper.event()).reservation_id).toBe("r1");
    const [{ input_tokens: size, ...asked }] = keeper.of("reserve") as [Record<string, unknown>];
    expect(size).toBeGreaterThan(JSON.stringify(ASK.messages).length);
    expect(size).toBeLessThan(1000);
    expect(asked).toEqual({
      provider: "openai",
      model: "gpt-4o",
      project: "shop",
      environment: "test",
      user: "c_42",
      tags: { feature: "search" },
      max_output_tokens: 100,
      lease_seconds: 120,
    });
    expect(keeper.of("release")).toEqual([]);
  });

  it("that is refused does not reach the vendor", async () => {
    const keeper = await keeping();
    keeper.reserving.push(EXHAUSTED, EXHAUSTED, EXHAUSTED);
    const { server, client } = await asking({}, chat, Client);
    const refused = await refusal(client.chat.completions.create(ASK));
    expect(refused).toBeInstanceOf(tokenboard.BudgetExceeded);
    expect(refused.message).toBe("Support has $0.25 left.");
    expect([refused.budgetName, refused.budgetId, refused.remaining]).toEqual(["Support", BUDGET.id, "0.25"]);
    expect(refused.resetsAt.toISOString()).toBe("2026-12-01T00:00:00.000Z");
    expect(await refusal(client.chat.completions.create({ ...ASK, stream: true }))).toBeInstanceOf(
      tokenboard.BudgetError,
    );
    if (client.withOptions !== undefined)
      expect(
        await refusal(client.withOptions({ timeout: 9000 }).chat.completions.create(ASK)),
      ).toBeInstanceOf(tokenboard.BudgetExceeded);
    expect(server.requests).toEqual([]);
    expect(await tokenboard.flush(60_000)).toBe(true);
    expect(keeper.events).toEqual([]);
  });

  it("that is tried again is one reservation, and lets go at once when it failed", async () => {
    const keeper = await keeping();
    const { server, client } = await asking(
      {},
      answer(500, { error: {} }, { "retry-after-ms": "1" }),
      Client,
    );
    const failed = await refusal(client.chat.completions.create(ASK, { maxRetries: 2 }));
    expect(failed.status).toBe(500);
    expect(server.requests).toHaveLength(3);
    expect((await keeper.event()).reservation_id).toBeUndefined();
    expect(keeper.asked.map(([verb]) => verb)).toEqual(["reserve", "release"]);
  });

  it("that streams settles at its end, and when it is left", async () => {
    const keeper = await keeping();
    const { client } = await asking({}, chat, Client);
    const stream = await client.chat.completions.create({ ...ASK, stream: true });
    for await (const chunk of stream) expect([chunk.id, keeper.events]).toEqual([ABOUT.id, []]);
    for await (const chunk of await client.chat.completions.create({ ...ASK, stream: true }))
      if (chunk.id !== undefined) break;
    await tokenboard.flush(60_000);
    expect(keeper.events.map((event) => event.reservation_id)).toEqual(["r1", "r2"]);
  });
});

/** What a client of each kind is asked, and the size that it says of its answer. */
const KINDS = [
  ["anthropic/messages", 400],
  ["anthropic/messages_stream", 400],
  ["google/generate_content", 32_768],
  ["google/generate_content_stream", 32_768],
  ["mistral/chat", 32_768],
  ["mistral/chat_stream", 32_768],
  ["cohere/chat", 32_768],
  ["cohere/chat_stream", 32_768],
  ["cohere/embed", 0],
  ["cohere/rerank", undefined],
  ["bedrock/converse", 32_768],
  ["bedrock/converse_stream", 32_768],
  ["bedrock/invoke_claude", 400],
] as const;

describe.each(KINDS)("the client of %s", (name, limit) => {
  const driver = DRIVERS[name]!;
  const release = Object.values(RELEASES).find(({ kinds }) => kinds.includes(driver.kind))!;
  const client = (): any =>
    tokenboard.wrap(make(driver.kind, release.sdk, inject("standin"), name.split("/")[0]!));
  const request = async (): Promise<any> => {
    const { readFileSync } = await import("node:fs");
    const file = new URL(`../../fixtures/${name}.case.json`, import.meta.url);
    return JSON.parse(readFileSync(file, "utf8")).request;
  };

  it("says how large its call is, and its event settles it", async () => {
    const keeper = await keeping();
    const asked = await request();
    await driver.ask(client(), asked, release.sdk);
    const [question] = keeper.of("reserve") as [Record<string, unknown>];
    if (limit === undefined) {
      expect(question.amount).toBe("0");
      return;
    }
    expect(question.input_tokens).toBeGreaterThan(200);
    expect(question.input_tokens).toBeLessThan(2000);
    expect([limit, asked.body.max_tokens]).toContain(question.max_output_tokens);
    expect((await keeper.event()).reservation_id).toBe("r1");
  });

  it("makes no call that is refused", async () => {
    const keeper = await keeping();
    keeper.reserving.push(...Array.from({ length: 5 }, () => EXHAUSTED));
    const refused = await refusal((async () => driver.ask(client(), await request(), release.sdk))());
    expect(refused).toBeInstanceOf(tokenboard.BudgetExceeded);
    expect(keeper.of("reserve")).toHaveLength(1);
    await tokenboard.flush(60_000);
    expect(keeper.events).toEqual([]);
  });
});

describe("what is held", () => {
  it("is nothing unless it is wanted", async () => {
    const keeper = await keeping({ enforceBudgets: false });
    const { client } = await asking();
    await client.chat.completions.create(ASK);
    expect(keeper.asked).toEqual([]);
    const { client: held } = await asking({ enforceBudgets: true });
    await held.chat.completions.create(ASK);
    expect(keeper.asked.map(([verb]) => verb)).toEqual(["reserve"]);
  });

  it("is nothing where no budget counts the call", async () => {
    const keeper = await keeping();
    keeper.budgets = [];
    const { client } = await asking();
    await client.chat.completions.create(ASK);
    expect((await keeper.event()).reservation_id).toBeUndefined();
  });

  it("is extended while the call is made, and not when its lease is over", async () => {
    const keeper = await keeping({ budgetLeaseSeconds: 1 });
    let finish = (): void => undefined;
    const { client } = await asking({}, (response, asked) => {
      finish = () => chat(response, asked);
    });
    const [kept, over] = [answer(200, {}), answer(409, { code: "reservation_ended" })];
    keeper.extending = (response, asked) => {
      (keeper.of("extend").length === 1 ? kept : over)(response, asked);
    };
    const made = client.chat.completions.create(ASK);
    await waitUntil(() => keeper.of("extend").length === 2);
    expect(keeper.of("extend")[0]).toEqual({ reservation_id: "r1", lease_seconds: 1 });
    finish();
    await made;
    expect((await keeper.event()).reservation_id).toBe("r1");
    expect(keeper.of("extend")).toHaveLength(2);
  });

  it("is what the program says for a model without a price", async () => {
    const keeper = await keeping({ budgetAmount: "0.25" });
    keeper.reserving.push(answer(422, { code: "no_upper_estimate" }));
    const { client } = await asking();
    await client.chat.completions.create(ASK);
    const [first, second] = keeper.of("reserve");
    expect(first).toHaveProperty("input_tokens");
    expect(second).not.toHaveProperty("input_tokens");
    expect(second).toHaveProperty("amount", "0.25");
    expect((await keeper.event()).reservation_id).toBe("r2");
  });

  it("is nothing where nobody can say what the call costs, which a closed budget does not allow", async () => {
    const keeper = await keeping();
    const { server, client } = await asking({}, answer(200, { data: [] }));
    const draw = (): Promise<unknown> => client.images.generate({ model: "gpt-image-1", prompt: "A moon" });
    await draw();
    expect(keeper.of("reserve")[0]).toHaveProperty("amount", "0");
    keeper.budgets = [CLOSED];
    expect((await refusal(draw())).message).toContain("budgetAmount");
    keeper.reserving.push(EXHAUSTED);
    expect(await refusal(draw())).toBeInstanceOf(tokenboard.BudgetExceeded);
    expect(server.requests).toHaveLength(1);
  });
});

describe("the AI SDK's middleware", () => {
  const result = { content: [], usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } } };
  const options = (doGenerate: () => Promise<unknown>): unknown => ({
    doGenerate,
    model: { provider: "openai.responses", modelId: "gpt-4o" },
    params: { prompt: [{ role: "user", content: [{ type: "text", text: "far?" }] }], maxOutputTokens: 50 },
  });

  it("asks before the model is asked", async () => {
    const keeper = await keeping();
    const middleware = tokenboard.tokenboardMiddleware();
    await middleware.wrapGenerate(options(() => Promise.resolve(result)));
    expect((await keeper.event()).reservation_id).toBe("r1");
    expect(keeper.of("reserve")[0]).toMatchObject({
      provider: "openai",
      model: "gpt-4o",
      max_output_tokens: 50,
    });
    keeper.reserving.push(EXHAUSTED);
    const asked: string[] = [];
    const refused = await refusal(
      middleware.wrapGenerate(options(() => Promise.resolve(asked.push("the model")))),
    );
    expect(refused).toBeInstanceOf(tokenboard.BudgetExceeded);
    expect(asked).toEqual([]);
  });
});

describe("a TokenBoard that cannot be asked", () => {
  it.each([401, 404, 429, 500, 503])("lets calls through with %i", async (status) => {
    const keeper = await keeping();
    keeper.reserving.push(answer(status, {}), answer(status, "<html>"));
    const { server, client } = await asking();
    await client.chat.completions.create(ASK);
    await client.chat.completions.create(ASK);
    expect(server.requests).toHaveLength(2);
  });

  it("is as the program says", async () => {
    const settings = { apiKey: "tb", baseUrl: "http://127.0.0.1:9", enforceBudgets: true, exitTimeoutMs: 10 };
    tokenboard.init(settings);
    const { server, client } = await asking();
    await client.chat.completions.create(ASK);
    tokenboard.init({ ...settings, budgetUnavailable: "closed" });
    expect(await refusal(client.chat.completions.create(ASK))).toBeInstanceOf(tokenboard.BudgetUnavailable);
    expect(server.requests).toHaveLength(1);
  });

  it("is as the budgets said", async () => {
    const keeper = await keeping();
    keeper.budgets = [BUDGET, CLOSED];
    const { server, client } = await asking();
    await client.chat.completions.create(ASK);
    keeper.reserving.push(answer(503, {}), answer(503, {}), answer(503, {}));
    expect((await refusal(client.chat.completions.create(ASK))).message).toContain("HTTP 503");
    const ask = (): Promise<unknown> => client.chat.completions.create(ASK);
    expect(await refusal(tokenboard.context({ user: "somebody else" }, ask))).toBeInstanceOf(
      tokenboard.BudgetUnavailable,
    );
    await tokenboard.context({ project: "another" }, ask);
    expect(server.requests).toHaveLength(2);
  });

  it("is waited for no longer than said, and left alone for a while", async () => {
    const keeper = await keeping({ budgetTimeoutMs: 500, budgetUnavailable: "closed" });
    keeper.reserving.push(never, never, never, never, never);
    const { server, client } = await asking();
    for (let n = 0; n < 5; n += 1)
      expect(await refusal(client.chat.completions.create(ASK))).toBeInstanceOf(tokenboard.BudgetUnavailable);
    await waitUntil(() => keeper.of("reserve").length === 3);
    expect(server.requests).toEqual([]);
  });
});
