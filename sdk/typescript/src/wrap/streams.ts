/** Iterators that look at what goes by. What they give, throw and answer is the source's. */

import type { Call, StreamReader } from "./core.js";
import { guarded } from "./core.js";

type Source = AsyncIterator<unknown, unknown, unknown>;

/** Streams that the program dropped without a word; where there is no such registry they are not told. */
const dropped =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<{ call: Call; reader: StreamReader }>(({ call, reader }) => {
        call.streamed(reader, false);
      })
    : undefined;

/** Tell of the call when nobody holds the stream any more. */
export function watchDropped(stream: object, call: Call, reader: StreamReader): void {
  dropped?.register(stream, { call, reader });
}

/** The source, watched. `isBroken` says whether an end without an error was one that the program forced. */
export function watched(source: Source, call: Call, reader: StreamReader, isBroken = () => false): Source {
  const step = async (
    take: () => Promise<IteratorResult<unknown, unknown>>,
  ): Promise<IteratorResult<unknown, unknown>> => {
    for (;;) {
      let result: IteratorResult<unknown, unknown>;
      try {
        result = await take();
      } catch (error) {
        call.streamed(reader, false, error);
        throw error;
      }
      if (result.done) {
        call.streamed(reader, guarded(() => !isBroken()) ?? true);
        return result;
      }
      if (!seen(result.value, call, reader)) return result;
    }
  };
  const outer: Source & AsyncIterable<unknown> = {
    next: (...args: [] | [unknown]) => step(() => source.next(...args)),
    [Symbol.asyncIterator]: () => outer,
  };
  if (source.return !== undefined) {
    outer.return = (value) => {
      call.streamed(reader, false);
      return source.return?.(value) ?? Promise.resolve({ value: undefined, done: true });
    };
  }
  if (source.throw !== undefined) {
    outer.throw = (error) => step(() => source.throw?.(error) ?? Promise.reject(error as Error));
  }
  return outer;
}

/** Let the reader see a chunk; whether it is to be hidden. */
export function seen(chunk: unknown, call: Call, reader: StreamReader): boolean {
  const hides = guarded(() => reader.see(chunk)) ?? false;
  if (reader.hasAnswer && call.firstToken === undefined) call.tokenCame();
  return hides;
}

/** Watch an object's `[Symbol.asyncIterator]`; the object stays the client's own. */
export function watchIterable(
  stream: object,
  call: Call,
  reader: StreamReader,
  isBroken?: () => boolean,
): void {
  const holder = stream as { [Symbol.asyncIterator]: () => Source };
  const original = holder[Symbol.asyncIterator];
  watchDropped(stream, call, reader);
  Object.defineProperty(stream, Symbol.asyncIterator, {
    configurable: true,
    writable: true,
    value: function (this: unknown) {
      // it holds the stream, so that this is not taken for dropped while somebody iterates
      return watched(original.call(this), call, reader, () => isBroken?.call(stream) ?? false);
    },
  });
}
