/**
 * Responses that the program reads itself (`asResponse`, a batch's results).
 *
 * They are looked at as they go by, in front of whatever the program reads them with. The bytes are not touched, nothing is
 * read that the program does not read, and the response stays the one that `fetch` gave.
 */

import type { Call, StreamReader } from "./core.js";
import { guarded } from "./core.js";
import { seen, watchDropped } from "./streams.js";

const LONGEST_BODY = 64 * 1024 * 1024;
const WHOLE = ["text", "json", "arrayBuffer", "blob", "bytes"] as const;
const UNSEEN = ["tee", "pipeTo", "pipeThrough"] as const;

/** What the body is put together in. */
type Sink = { feed(part: Uint8Array): void; end(isWhole: boolean, error?: unknown): void };

type Method = (this: unknown, ...args: unknown[]) => unknown;

export function watchBody(call: Call, response: Response): void {
  const kind = response.headers.get("content-type") ?? "";
  const isLines = call.operation.isLines === true;
  if (response.status === 204 || (!isLines && !kind.includes("json") && !kind.includes("event-stream"))) {
    call.nothingRead();
    return;
  }
  const sink = isLines ? new Lines(call) : kind.includes("json") ? new Whole(call) : new Events(call);
  watchDropped(response, call, SILENT);
  for (const name of WHOLE) watchWhole(response, name, sink);
  watchStreaming(response, sink);
}

function watchWhole(response: Response, name: (typeof WHOLE)[number], sink: Sink): void {
  const original = (response as unknown as Record<string, Method | undefined>)[name];
  if (typeof original !== "function") return;
  hide(response, name, async function (this: unknown, ...args: unknown[]) {
    let value: unknown;
    try {
      value = await original.apply(response, args);
    } catch (error) {
      guarded(() => {
        sink.end(false, error);
      });
      throw error;
    }
    const bytes = await guardedBytes(value, name);
    guarded(() => {
      if (bytes !== undefined) sink.feed(bytes);
      sink.end(bytes !== undefined);
    });
    return value;
  });
}

async function guardedBytes(value: unknown, name: string): Promise<Uint8Array | undefined> {
  try {
    if (name === "json") return new TextEncoder().encode(JSON.stringify(value));
    if (typeof value === "string") return new TextEncoder().encode(value);
    if (value instanceof Blob) return new Uint8Array(await value.arrayBuffer());
    return value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : value instanceof Uint8Array
        ? value
        : undefined;
  } catch {
    return undefined;
  }
}

/** `response.body`, where it is asked for: its readers and its iteration. */
function watchStreaming(response: Response, sink: Sink): void {
  const descriptor = descriptorOf(response, "body");
  if (descriptor?.get === undefined) return;
  const watchedBodies = new WeakSet();
  Object.defineProperty(response, "body", {
    configurable: true,
    get: () => {
      const stream: unknown = descriptor.get?.call(response);
      guarded(() => {
        if (!(stream instanceof ReadableStream) || watchedBodies.has(stream)) return;
        watchedBodies.add(stream);
        watchStream(stream, sink);
      });
      return stream;
    },
  });
}

function descriptorOf(holder: object, name: string): PropertyDescriptor | undefined {
  for (let at: unknown = holder; at !== null && typeof at === "object"; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Reading = Record<"read" | "cancel", Method>;

function watchStream(stream: ReadableStream, sink: Sink): void {
  const holder = stream as unknown as Record<string | symbol, Method | undefined>;
  const getReader = holder.getReader;
  hide(stream, "getReader", (...args: unknown[]) => {
    const reader = getReader?.apply(stream, args);
    guarded(() => {
      watchReader(reader as Reading, sink);
    });
    return reader;
  });
  const values = holder[Symbol.asyncIterator];
  if (values !== undefined) {
    const iterate = (...args: unknown[]): unknown =>
      watchedBytes(values.apply(stream, args) as AsyncIterator<Uint8Array>, sink);
    hide(stream, Symbol.asyncIterator, iterate);
    hide(stream, "values", iterate);
  }
  for (const name of UNSEEN) {
    const original = holder[name];
    if (original === undefined) continue;
    hide(stream, name, (...args: unknown[]) => {
      guarded(() => {
        sink.end(false);
      });
      return original.apply(stream, args);
    });
  }
}

function watchReader(reader: Reading, sink: Sink): void {
  const { read, cancel } = reader;
  hide(reader, "read", async (...args: unknown[]) => {
    const step = await look(() => read.apply(reader, args) as Promise<IteratorResult<Uint8Array>>, sink);
    return step;
  });
  hide(reader, "cancel", (...args: unknown[]) => {
    guarded(() => {
      sink.end(false);
    });
    return cancel.apply(reader, args);
  });
}

function watchedBytes(source: AsyncIterator<Uint8Array>, sink: Sink): AsyncIterableIterator<Uint8Array> {
  const outer: AsyncIterableIterator<Uint8Array> = {
    next: () => look(() => source.next(), sink),
    return: (value?: unknown) => {
      guarded(() => {
        sink.end(false);
      });
      return source.return?.(value) ?? Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]: () => outer,
  };
  return outer;
}

async function look(
  take: () => Promise<IteratorResult<Uint8Array>>,
  sink: Sink,
): Promise<IteratorResult<Uint8Array>> {
  let step: IteratorResult<Uint8Array>;
  try {
    step = await take();
  } catch (error) {
    guarded(() => {
      sink.end(false, error);
    });
    throw error;
  }
  guarded(() => {
    if (step.done) sink.end(true);
    else sink.feed(step.value);
  });
  return step;
}

function hide(owner: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: false });
}

const SILENT: StreamReader = { hasAnswer: false, see: () => false, fields: () => ({}) };

/** A JSON body, put together again. */
class Whole implements Sink {
  readonly #call: Call;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(call: Call) {
    this.#call = call;
  }

  feed(part: Uint8Array): void {
    if (this.#text.length <= LONGEST_BODY) this.#text += this.#decoder.decode(part, { stream: true });
  }

  end(isWhole: boolean, error?: unknown): void {
    if (error !== undefined) this.#call.failed(error);
    else if (isWhole && this.#text.length <= LONGEST_BODY)
      this.#call.returned(guarded(() => JSON.parse(this.#text) as unknown));
    else this.#call.nothingRead();
  }
}

/** Lines as they come. */
abstract class Split implements Sink {
  readonly #decoder = new TextDecoder();
  #rest = "";

  feed(part: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(part, { stream: true })).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  end(isWhole: boolean, error?: unknown): void {
    if (this.#rest !== "") this.line(this.#rest);
    this.#rest = "";
    this.ended(isWhole, error);
  }

  protected abstract line(line: string): void;
  protected abstract ended(isWhole: boolean, error?: unknown): void;
}

/** A stream of server-sent events, given to the operation's reader. */
class Events extends Split {
  readonly #call: Call;
  readonly #reader: StreamReader;

  constructor(call: Call) {
    super();
    this.#call = call;
    this.#reader = call.operation.stream?.() ?? SILENT;
  }

  protected line(line: string): void {
    const data = line.startsWith("data:") ? line.slice(5).trim() : "";
    if (data.startsWith("{")) seen(JSON.parse(data), this.#call, this.#reader);
  }

  protected ended(isWhole: boolean, error?: unknown): void {
    this.#call.streamed(this.#reader, isWhole, error);
  }
}

/** One call in each line. */
class Lines extends Split {
  readonly #call: Call;

  constructor(call: Call) {
    super();
    this.#call = call;
  }

  protected line(line: string): void {
    if (line.startsWith("{")) this.#call.found(JSON.parse(line));
  }

  protected ended(): void {
    this.#call.looked();
  }
}
