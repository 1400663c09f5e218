/** The public face: `init`, `track`, `flush`, `shutdown`, and the one client that they share. */

import { encoded, isRecord } from "./events.js";
import type { Fields } from "./events.js";
import { Gate } from "./gate.js";
import { newId } from "./ids.js";
import { debug, showDebug, warn } from "./log.js";
import { shared } from "./platform/platform.js";
import type { Values } from "./platform/platform.js";
import { current } from "./scope.js";
import { isOn, settled } from "./settings.js";
import type { InitOptions, Settings, WaitUntil } from "./settings.js";
import { Transport } from "./transport.js";

const FLUSH_MS = 10_000;

/** One set of settings and the transport that goes with it. */
export class Client {
  readonly settings: Settings;
  readonly transport: Transport | undefined;
  readonly gate: Gate;
  readonly #base: Fields;

  constructor(settings: Settings) {
    this.settings = settings;
    this.transport = isOn(settings) ? new Transport(settings) : undefined;
    this.gate = new Gate(settings);
    this.#base = { project: settings.project, environment: settings.environment };
  }

  /** Queue an event of this context, given in layers; what it says itself goes first. */
  record(event: Fields[], within: Values): void {
    // the scope's `waitUntil` stays behind: JSON has no functions
    this.transport?.record([this.#base, within, ...event], this.waitUntil(within.waitUntil));
  }

  /** What is known of a call before it is made, in this context. */
  about(fields: Fields, within: Values): Fields {
    return JSON.parse(encoded(this.#base, within, fields)) as Fields;
  }

  /** Send what is queued, and let go of what was held. */
  async flush(timeoutMs: number): Promise<boolean> {
    const isSent = await this.transport?.flush(timeoutMs);
    await this.gate.flush();
    return isSent ?? true;
  }

  /** What keeps the runtime from ending with its answer, where something does. */
  waitUntil(given: unknown): WaitUntil | undefined {
    if (typeof given === "function") return given as WaitUntil;
    return this.settings.waitUntil ?? waitUntilOfVercel();
  }

  /** Count something that should have been recorded and was not. */
  lost(reason: string): void {
    this.transport?.drops.add(reason);
  }
}

type Vercel = { get?: () => { waitUntil?: WaitUntil } | undefined };

const VERCEL = Symbol.for("@vercel/request-context");

/** Where Vercel's own `waitUntil` is found, in its functions of all runtimes. */
function waitUntilOfVercel(): WaitUntil | undefined {
  const found = (globalThis as unknown as Record<symbol, Vercel | undefined>)[VERCEL]?.get?.();
  return found?.waitUntil?.bind(found);
}

/** The client of this process; made from the environment where nobody called `init`. */
export function client(): Client {
  return (shared().client as Client | undefined) ?? made(settled({}));
}

function made(settings: Settings): Client {
  const old = shared().client as Client | undefined;
  const next = new Client(settings);
  shared().client = next;
  void old?.transport?.stop(old.settings.exitTimeoutMs);
  showDebug(settings.debug);
  return next;
}

/**
 * Say where to send, once, at the start of the program. What is not given is taken from `TOKENBOARD_*`.
 *
 * Without an API key nothing is tracked and nothing fails. Calling it again sends what is queued to where it was meant for, and
 * everything after to the new place.
 */
export function init(options: InitOptions = {}): void {
  try {
    const { settings } = made(settled(options));
    if (settings.apiKey === "" && !settings.disabled)
      warn("no API key (TOKENBOARD_API_KEY): calls are not tracked");
  } catch (error) {
    debug("init went wrong", error);
    warn("TokenBoard could not be set up; calls are not tracked");
  }
}

export type TrackedCall = {
  provider: string;
  model: string;
  /** Counts in TokenBoard's words: `inputTokens`, `cacheReadTokens`, `outputTokens`, ... One of `usage` and `rawUsage`. */
  usage?: Record<string, unknown> | undefined;
  /** The vendor's usage object as it came. */
  rawUsage?: Record<string, unknown> | undefined;
  eventId?: string | undefined;
  /** A date, text with a zone, or milliseconds since 1970. */
  occurredAt?: Date | string | number | undefined;
  tags?: Record<string, unknown> | undefined;
  /** The other fields of an event (docs/ingest.md): `api`, `operation`, `latencyMs`, `status`, `user`, ... */
  [field: string]: unknown;
};

/** Record one call by hand. Answers the event's id; undefined when it is not tracked. */
export function track(call: TrackedCall): string | undefined {
  try {
    const here = client();
    if (here.transport === undefined) return undefined;
    const within = current();
    const event: Fields = {};
    for (const [name, value] of Object.entries(call)) event[snake(name)] = value;
    const id = typeof event.event_id === "string" && event.event_id !== "" ? event.event_id : newId();
    event.event_id = id;
    event.occurred_at = instant(call.occurredAt ?? event.occurred_at);
    if (isRecord(event.usage)) event.usage = inOurWords(event.usage);
    if (isRecord(event.tags)) event.tags = { ...(isRecord(within.tags) ? within.tags : {}), ...event.tags };
    here.record([event], within);
    return id;
  } catch (error) {
    debug("a call was not tracked", error);
    lose("not_encodable");
    return undefined;
  }
}

/** Send what is queued and wait until it is there; false when that was not done within `timeoutMs`. Never rejects. */
export async function flush(timeoutMs: number = FLUSH_MS): Promise<boolean> {
  try {
    return (await existing()?.flush(timeoutMs)) ?? true;
  } catch (error) {
    debug("flush went wrong", error);
    return false;
  }
}

/** Flush and stop; calls after it are not tracked. */
export async function shutdown(timeoutMs?: number): Promise<boolean> {
  try {
    const here = existing();
    return (await here?.transport?.stop(timeoutMs ?? here.settings.exitTimeoutMs)) ?? true;
  } catch (error) {
    debug("shutdown went wrong", error);
    return false;
  }
}

/** What was lost since the start, by reason. */
export function dropped(): Record<string, number> {
  return existing()?.transport?.drops.counts() ?? {};
}

/** Flush after each call of this handler: for AWS Lambda and the like, which freeze once it has answered. */
export function flushed<A extends unknown[], R>(
  handler: (...args: A) => R | PromiseLike<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await handler(...args);
    } finally {
      await flush();
    }
  };
}

function existing(): Client | undefined {
  return shared().client as Client | undefined;
}

function lose(reason: string): void {
  existing()?.lost(reason);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function inOurWords(usage: Fields): Fields {
  return Object.fromEntries(Object.entries(usage).map(([name, value]) => [snake(name), value]));
}

function instant(given: unknown): string {
  if (typeof given === "string") return given;
  return (
    given instanceof Date ? given : new Date(typeof given === "number" ? given : Date.now())
  ).toISOString();
}
