/** Two servers on this machine: one that speaks as a vendor does, and one in TokenBoard's place that keeps what comes. */

import http from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

import { expect, onTestFinished } from "vitest";

import * as tokenboard from "../src/index.js";

export type Asked = { method: string; path: string; headers: http.IncomingHttpHeaders; body: Buffer };
export type Respond = (response: http.ServerResponse, asked: Asked) => void;

/** A real HTTP server; what it answers is set by the test. */
export class Server {
  readonly requests: Asked[] = [];
  readonly answers: Respond[] = [];
  byDefault: Respond = answer(200, {});
  #http: http.Server;

  constructor() {
    this.#http = http.createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const asked = {
          method: request.method ?? "",
          path: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(parts),
        };
        this.requests.push(asked);
        (this.answers.shift() ?? this.byDefault)(response, asked);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#http.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.#http.closeAllConnections();
    this.#http.close();
  }
}

/** A JSON answer, or with text just that. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Respond {
  const content = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(content);
  };
}

/** A stream of server-sent events; `cut` ends it in the middle of its body, `hang` never does. */
export function events(
  chunks: unknown[],
  {
    done = true,
    cut = false,
    hang = false,
    named = false,
  }: { done?: boolean; cut?: boolean; hang?: boolean; named?: boolean } = {},
): Respond {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) {
      if (named) response.write(`event: ${String((chunk as { type?: unknown }).type)}\n`);
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    if (cut) setTimeout(() => response.destroy(), 20);
    else if (!hang) response.end(done ? "data: [DONE]\n\n" : "");
  };
}

export type BoardEvent = Record<string, any>;

/** In TokenBoard's place: answers as it does, and keeps the events. */
export class Board extends Server {
  readonly envelopes: {
    events: BoardEvent[];
    sender: { id: string; name: string; dropped: Record<string, number> };
  }[] = [];

  constructor() {
    super();
    this.byDefault = (response, asked) => {
      this.take(response, asked);
    };
  }

  take(response: http.ServerResponse, asked: Asked): void {
    const text = asked.headers["content-encoding"] === "gzip" ? gunzipSync(asked.body) : asked.body;
    const envelope = JSON.parse(text.toString());
    this.envelopes.push(envelope);
    const count = envelope.events.length;
    answer(200, { received: count, accepted: count, duplicates: 0, rejected: [] })(response, asked);
  }

  get events(): BoardEvent[] {
    return this.envelopes.flatMap((envelope) => envelope.events);
  }

  /** The only event that came, after waiting for it. */
  async event(): Promise<BoardEvent> {
    expect(await tokenboard.flush(60_000)).toBe(true);
    expect(this.events).toHaveLength(1);
    return this.events[0]!;
  }
}

export async function vendor(): Promise<Server> {
  const server = await new Server().start();
  onTestFinished(() => {
    server.stop();
  });
  return server;
}

export async function board(): Promise<Board> {
  const server = await new Board().start();
  onTestFinished(() => {
    server.stop();
  });
  return server;
}

/** TokenBoard's place, with the SDK set to send there. */
export async function tracked(more: tokenboard.InitOptions = {}): Promise<Board> {
  const server = await board();
  tokenboard.init({ apiKey: "tb_test", baseUrl: server.url, flushIntervalMs: 20, ...more });
  return server;
}

/** Until it is true; a test that waits in vain fails. */
export async function waitUntil(claim: () => boolean, ms = 120_000): Promise<void> {
  const end = Date.now() + ms;
  while (!claim()) {
    expect(Date.now(), "waited in vain").toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const USAGE = {
  prompt_tokens: 1200,
  completion_tokens: 300,
  total_tokens: 1500,
  prompt_tokens_details: { cached_tokens: 1000, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 100, audio_tokens: 0 },
  brand_new_tokens: 7,
};
