/**
 * The one choke point: a call is made as the program wants it, and what it used is written down beside it.
 *
 * The program's call comes first and is never spoiled: whatever is read, is read under `Call`'s guard; what fails there is
 * counted (`reader_failed`), and the program gets what the vendor's client gave.
 */

import type { Client } from "../client.js";
import { client, flush } from "../client.js";
import { isRecord } from "../events.js";
import type { Fields } from "../events.js";
import type { Hold } from "../gate.js";
import { responseEventId } from "../identity.js";
import { instantOf, newId } from "../ids.js";
import { debug } from "../log.js";
import type { Values } from "../platform/platform.js";
import { current, merged } from "../scope.js";
import type { ContextValues } from "../scope.js";
import { reserve } from "./reserving.js";

/** On a measuring function: what it stands in the place of. */
export const ORIGINAL = Symbol.for("tokenboard.original");

export type WrapOptions = {
  /** Who serves it, where its address does not say: a proxy, a gateway. */
  provider?: string | undefined;
  /** Whether OpenAI chat streams of this client are asked for their usage; without it known hosts are. */
  streamUsage?: boolean | undefined;
  /** Whether each call of this client must be within its budgets to be made, else it rejects with `BudgetExceeded`. */
  enforceBudgets?: boolean | undefined;
  /** Holds for all calls of this client; what `context` says goes before it. */
  context?: ContextValues | undefined;
};

/** Reads one stream as it goes by. */
export type StreamReader = {
  /** Set with the first chunk that holds something of the answer: that is when the first token came. */
  hasAnswer: boolean;
  /** Look at a chunk. True hides it from the program, which did not ask for it. */
  see(chunk: unknown): boolean;
  /**
   * What the stream said, as fields of an event; undefined when it is no event.
   *
   * `isWhole` is false when it was left, or broke, before its end. Then say `raw_usage` as `{"chunks": [...]}`, from which the
   * server reads how much of it counts.
   */
  fields(isWhole: boolean): Fields | undefined;
};

/** One kind of call, and how it is read. All a vendor's file has to say. */
export type Operation = {
  /** The API's name as the server knows it (app/usage/rules/dialects/apis.py). */
  api: string;
  /** OpenTelemetry's word for it: `chat`, `embeddings`, ... */
  operation: string;
  /** A whole response as fields of an event; undefined when it is no event. */
  read: (response: unknown) => Fields | undefined;
  stream?: () => StreamReader;
  /** Whether a call that fails is no event: looking up what was answered before costs nothing. */
  isSilentFailing?: boolean;
  /** Whether one response holds several calls, which `read` is given one by one: a batch's lines. */
  isLines?: boolean;
};

/** A call that is being made. Nothing in here throws. */
export class Call {
  readonly client: Client;
  operation: Operation;
  readonly fields: Fields;
  readonly within: Values;
  started: number = performance.now();
  at: number = Date.now();
  firstToken: number | undefined;
  httpStatus: number | undefined;
  attempts = 0;
  isDone = false;
  /** Whether its stream, or its response's body, is being looked at. */
  isWatched = false;
  /** Whether it must not be made before it is within its budgets (reserving.ts). */
  isHeld = false;
  /** Its request, as long as it is needed for that. */
  body: unknown;
  #hold: Hold | undefined;
  #release: (() => void) | undefined;

  constructor(here: Client, operation: Operation, fields: Fields, within: Values) {
    this.client = here;
    this.operation = operation;
    this.fields = fields;
    this.within = within;
    this.#keepRuntime();
  }

  /** It may be made, and holds this. Only now it begins. */
  reserved(hold: Hold | undefined): void {
    this.#hold = hold;
    this.body = undefined;
    this.started = performance.now();
    this.at = Date.now();
  }

  /** It is not made, and is no event. */
  refused(): void {
    this.#leave();
  }

  tokenCame(): void {
    this.firstToken ??= performance.now();
  }

  /** The call succeeded, with this as its whole response. */
  returned(response: unknown): void {
    this.#end(() => this.operation.read(response));
  }

  /** The call's stream ended, broke or was left. */
  streamed(reader: StreamReader, isWhole: boolean, error?: unknown): void {
    this.#end(() => reader.fields(isWhole), error);
  }

  /** The call threw. */
  failed(error: unknown): void {
    if (this.operation.isSilentFailing) this.#leave();
    else this.#end(() => ({}), error);
  }

  /** The call succeeded, and its response says nothing that could be read. */
  nothingRead(): void {
    this.#end(() => ({}));
  }

  /** One of several calls that this one looked up. */
  found(response: unknown): void {
    guarded(() => {
      const said = this.operation.read(response);
      if (said !== undefined)
        this.client.record(this.#event(said, undefined, performance.now()), this.within);
    });
  }

  /** All that this one looked up were told. */
  looked(): void {
    this.#leave();
  }

  #end(read: () => Fields | undefined, error?: unknown): void {
    if (this.isDone) return;
    this.isDone = true;
    const ended = performance.now();
    try {
      const said = this.#read(read);
      if (said !== undefined) this.client.record(this.#event(said, error, ended), this.within);
    } catch (fault) {
      this.#lose(fault);
    }
    this.#release?.();
  }

  #leave(): void {
    this.isDone = true;
    this.#release?.();
  }

  #read(read: () => Fields | undefined): Fields | undefined {
    try {
      return read();
    } catch (fault) {
      this.#lose(fault);
      return {};
    }
  }

  /** The event in layers, a later one before those it follows: putting them together is `encoded`'s. */
  #event(said: Fields, error: unknown, ended: number): Fields[] {
    const { fields, operation } = this;
    const own = {
      event_id: responseEventId(said.provider_response_id ?? fields.provider_response_id) ?? newId(),
      occurred_at: instantOf(this.at),
      api: operation.api,
      operation: operation.operation,
      model: fields.requested_model ?? "unknown",
      status: "ok",
      latency_ms: "latency_ms" in said ? undefined : rounded(ended - this.started),
      time_to_first_token_ms:
        this.firstToken === undefined ? undefined : rounded(this.firstToken - this.started),
    };
    if (typeof said.model !== "string" || said.model === "") said.model = undefined;
    const layers = [fields, own, said];
    if (this.httpStatus !== undefined || error !== undefined || this.attempts > 1)
      layers.push(this.#outcome(error));
    if (this.#hold !== undefined) layers.push(this.#settled(this.#hold, said, error));
    return layers;
  }

  /** What it held ends with the event that is stored, or, where it cost nothing, at once. */
  #settled(hold: Hold, said: Fields, error: unknown): Fields {
    const isFailed = error !== undefined || said.status === "error";
    if (!isFailed || isRecord(said.raw_usage) || isRecord(said.usage)) {
      this.client.gate.end(hold);
      return { reservation_id: hold.id };
    }
    const released = this.client.gate.release(hold);
    this.client.waitUntil(this.within.waitUntil)?.(released);
    return {};
  }

  #outcome(error: unknown): Fields {
    const { tags } = this.within;
    return {
      http_status: this.httpStatus,
      ...(error === undefined ? {} : about(error)),
      ...(this.attempts > 1
        ? { tags: { retries: String(this.attempts - 1), ...(isRecord(tags) ? tags : {}) } }
        : {}),
    };
  }

  #lose(fault: unknown): void {
    debug("a call was not read", fault);
    this.client.lost("reader_failed");
  }

  /** A runtime that ends with its answer is kept until this call is told, also where its stream outlives the answer. */
  #keepRuntime(): void {
    const waitUntil = this.client.waitUntil(this.within.waitUntil);
    if (waitUntil === undefined) return;
    waitUntil(new Promise<void>((resolve) => (this.#release = resolve)).then(() => flush()));
  }
}

/**
 * Start the clock of a call. Undefined when nothing is tracked.
 *
 * `body` is its request, which tells how large it is where it is to be held to budgets.
 */
export function begin(
  operation: Operation,
  fields: Fields,
  options: WrapOptions,
  body: unknown,
  within?: Values,
): Call | undefined {
  const here = client();
  if (here.transport === undefined) return undefined;
  const call = new Call(here, operation, fields, within ?? withinOf(options));
  if ((options.enforceBudgets ?? here.settings.enforceBudgets) && operation.isSilentFailing !== true) {
    call.isHeld = true;
    call.body = body;
  }
  return call;
}

/** What holds for a call of a client that was wrapped with these options. */
export function withinOf(options: WrapOptions): Values {
  const here = current();
  if (options.context === undefined) return here;
  const outer = merged({}, options.context);
  const tags = { ...(isRecord(outer.tags) ? outer.tags : {}), ...(isRecord(here.tags) ? here.tags : {}) };
  return { ...outer, ...here, ...(Object.keys(tags).length > 0 ? { tags } : {}) };
}

/** What `describe` answers; undefined, counted and logged, when it goes wrong. */
export function guarded<R>(describe: () => R): R | undefined {
  try {
    return describe();
  } catch (error) {
    debug("a call was not read", error);
    try {
      client().lost("reader_failed");
    } catch (fault) {
      debug("a loss was not counted", fault);
    }
    return undefined;
  }
}

function rounded(ms: number): number {
  return Math.round(Math.max(ms, 0) * 1000) / 1000;
}

function about(error: unknown): Fields {
  const said: Fields = { status: "error", error_type: kindOf(error) };
  const status = statusOf(error);
  if (status !== undefined) said.http_status = status;
  return said;
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const kind = error.constructor.name;
  // AWS names its errors by `name`, others by class
  return kind === "Error" || error.name.endsWith("Exception") ? error.name : kind;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const holder = error as {
    status?: unknown;
    statusCode?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  const told = [holder.status, holder.statusCode, holder.$metadata?.httpStatusCode];
  return told.find(
    (status): status is number => typeof status === "number" && status >= 100 && status <= 599,
  );
}

// --- methods ---

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Put a function in the place of the owner's method, on this one object. False when it is there already, or no method.
 *
 * `build` gets the original, bound to nobody, and answers what stands in its place.
 */
export function replace(owner: object, name: string, build: (original: Method) => Method): boolean {
  const holder = owner as Record<string, unknown>;
  const original = holder[name] as (Method & { [ORIGINAL]?: Method }) | undefined;
  if (typeof original !== "function" || original[ORIGINAL] !== undefined) return false;
  const isOwn = Object.hasOwn(owner, name);
  const measured = build(original);
  Object.defineProperty(measured, ORIGINAL, { value: { original, isOwn } });
  Object.defineProperty(measured, "name", { value: original.name, configurable: true });
  // not enumerable, as the class's own method is not: what walks over the object sees no difference
  Object.defineProperty(owner, name, {
    value: measured,
    configurable: true,
    writable: true,
    enumerable: isOwn,
  });
  return true;
}

/** Take the function away again. */
export function restore(owner: object, name: string): void {
  const holder = owner as Record<string, unknown>;
  const measured = holder[name] as { [ORIGINAL]?: { original: unknown; isOwn: boolean } } | undefined;
  const kept = measured?.[ORIGINAL];
  if (kept === undefined || !Object.hasOwn(owner, name)) return;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the class's own method shows again
  delete holder[name];
  if (kept.isOwn) holder[name] = kept.original;
}

/**
 * Measure a method that answers a promise. `start` gets the arguments and answers the call, or undefined to leave this one
 * alone; `finish` gets the call and the result, and answers what the program gets in its place. Without it the result is the
 * whole response.
 */
export function measure(
  owner: object,
  name: string,
  start: (args: unknown[]) => Call | undefined,
  finish?: (call: Call, result: unknown) => unknown,
): boolean {
  return replace(
    owner,
    name,
    (original) =>
      function (this: unknown, ...args) {
        const call = guarded(() => start(args));
        if (call === undefined) return original.apply(this, args);
        if (call.isHeld)
          return reserve(call).then(() =>
            settledWith(call, Promise.resolve(original.apply(this, args)), finish),
          );
        let result: unknown;
        try {
          result = original.apply(this, args);
        } catch (error) {
          call.failed(error);
          throw error;
        }
        return result instanceof Promise ? settledWith(call, result, finish) : finished(call, result, finish);
      },
  );
}

async function settledWith(call: Call, result: Promise<unknown>, finish?: Finish): Promise<unknown> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    call.failed(error);
    throw error;
  }
  return finished(call, value, finish);
}

type Finish = (call: Call, result: unknown) => unknown;

function finished(call: Call, result: unknown, finish?: Finish): unknown {
  if (finish === undefined) {
    call.returned(result);
    return result;
  }
  let given: unknown;
  const isFinished = guarded(() => {
    given = finish(call, result);
    return true;
  });
  if (isFinished) return given;
  call.nothingRead();
  return result;
}
