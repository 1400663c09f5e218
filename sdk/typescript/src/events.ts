/** An event on its way to the wire: in the server's words, within its limits (docs/ingest.md). */

export type Fields = Record<string, unknown>;

// An event beyond the limits would be refused whole, and its cost with it.
const MAX_TEXT = 256;
const MAX_TEXT_BYTES = 768;
const MAX_PROVIDER = 64;
const MAX_ID = 128;
const MAX_TAGS = 20;
const MAX_TAG_KEY = 64;

/** The event as the server takes it, in JSON; a later layer goes before the ones it follows. Throws for what JSON cannot say. */
export function encoded(...layers: Fields[]): string {
  const kept: Fields = {};
  for (const layer of layers) {
    for (const name of Object.keys(layer)) {
      const value = layer[name];
      if (value === undefined || value === null) continue;
      if (name === "tags") kept[name] = tagsOf(value);
      else if (name === "raw_usage" || name === "usage") {
        if (isRecord(value)) kept[name] = value;
      } else kept[name] = typeof value === "string" ? text(value, limitOf(name)) : value;
    }
  }
  return JSON.stringify(kept);
}

function limitOf(name: string): number {
  return name === "provider" ? MAX_PROVIDER : name === "event_id" ? MAX_ID : MAX_TEXT;
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first twenty, each as long as it may be; the empty key is none. */
function tagsOf(tags: unknown): Record<string, string> {
  const kept: Record<string, string> = {};
  if (!isRecord(tags)) return kept;
  let count = 0;
  for (const name of Object.keys(tags)) {
    const [key, value] = [text(name, MAX_TAG_KEY), tags[name]];
    if (key === "" || value === undefined || value === null) continue;
    if (count === MAX_TAGS) break;
    if (key === "__proto__") continue; // no name of a field in JavaScript
    kept[key] = text(shown(value), MAX_TEXT);
    count += 1;
  }
  return kept;
}

/** A value as a tag's text. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

// eslint-disable-next-line no-control-regex -- NUL is one that no database can store
const PLAIN = /^[\x01-\x7f]*$/;

/** Cut to the limit in characters and bytes, without what no database can store. */
function text(value: string, limit: number): string {
  if (value.length <= limit && PLAIN.test(value)) return value;
  const bytes = (limit * MAX_TEXT_BYTES) / MAX_TEXT;
  let kept = "";
  let size = 0;
  let count = 0;
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0) continue;
    const isHalf = code >= 0xd800 && code <= 0xdfff;
    size += isHalf ? 1 : code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    count += 1;
    if (size > bytes || count > limit) break;
    kept += isHalf ? "?" : character;
  }
  return kept;
}
