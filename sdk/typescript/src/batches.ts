/** Events on their way: closed at a limit and compressed at once, so that a long queue stays small. */

import { platform } from "./platform/platform.js";

export const MAX_EVENTS = 1000;
// The server takes 4 MiB compressed. Held to before compression, so that no body, however it compresses, is too large.
export const MAX_BYTES = 3_500_000;

export type Sender = { id: string; name: string; dropped: Record<string, number> };

/** One request's body. */
export type Batch = {
  /** Their order. */
  number: number;
  events: number;
  /** Bytes that it holds in memory. */
  size: number;
  /** The sender's drops that it tells of. */
  told: Record<string, number>;
  body: Promise<Uint8Array | string>;
};

let numbers = 0;

/** The events (JSON each) in one envelope with who sends them. `compress` may wait for its turn. */
export function closed(events: string[], size: number, sender: Sender, compress: Compress): Batch {
  // the events first: that is the order in which the server reads an envelope fastest
  const envelope = `{"events":[${events.join(",")}],"sender":${JSON.stringify(sender)}}`;
  numbers += 1;
  return { number: numbers, events: events.length, size, told: sender.dropped, body: compress(envelope) };
}

export type Compress = (text: string) => Promise<Uint8Array | string>;

/** gzip where there is one, one text after the other: the program shares the threads that do it. */
export function inTurn(): Compress {
  let last: Promise<unknown> = Promise.resolve();
  return (text) => {
    const compress = platform().compress;
    if (compress === undefined) return Promise.resolve(text);
    if (!platform().sharesPromises) return compress(text).catch(() => text);
    const mine = last.then(() => compress(text)).catch(() => text);
    last = mine;
    return mine;
  };
}

/** The events of a batch as two lists; none for a single event, which cannot be made smaller. */
export async function halves(batch: Batch): Promise<string[][]> {
  const body = await batch.body;
  const expand = platform().expand;
  if (batch.events < 2 || (typeof body !== "string" && expand === undefined)) return [];
  const text = typeof body === "string" ? body : await (expand?.(body) ?? "");
  const events = (JSON.parse(text) as { events: unknown[] }).events.map((event) => JSON.stringify(event));
  const middle = events.length >> 1;
  return [events.slice(0, middle), events.slice(middle)];
}
