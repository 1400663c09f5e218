/**
 * How large a call can be at most, read from its request: never fewer tokens than the vendor will count.
 *
 * A token of text is at least one byte, so the request is counted in bytes, as JSON has it: names and punctuation make up for what
 * vendors put around each message. Pure; docs/sdk-python.md says all of this to users.
 */

import { isRecord } from "../events.js";
import type { Fields } from "../events.js";

/** Tokens of a picture: the most that any model takes one for, whatever its size in bytes. */
export const PICTURE = 50_000;
/** Tokens of what the request only names: a file, an address, the conversation so far. */
export const ELSEWHERE = 200_000;
/** Tokens of what a vendor tells its model of each tool, beside what the request says of it. */
export const TOOL = 1000;
const AROUND = 200;
const PICTURES = new Set(["image", "image_url", "input_image"]);
const NAMED = new Set([
  ...["file_id", "fileId", "file_uri", "fileUri", "file_url", "document_url", "documentUrl", "video_url"],
  ...["videoUrl", "s3Location", "previous_response_id", "conversation", "conversation_id", "conversationId"],
  ...["cachedContent", "cached_content", "previousResponseId"],
]);
const OUTPUT = [
  ...["max_completion_tokens", "max_output_tokens", "max_tokens", "max_tokens_to_sample", "max_new_tokens"],
  ...["maxOutputTokens", "maxTokens", "maxTokenCount", "max_gen_len"],
];
const CHOICES = ["n", "best_of", "candidateCount", "num_generations", "numGenerations"];
/** Where vendors put such settings, beside the request itself. */
const INSIDE = ["generationConfig", "inferenceConfig", "textGenerationConfig", "completionArgs"];

/** Upper bounds, in tokens. */
export type Size = { input_tokens: number; max_output_tokens: number };

/**
 * The size of a request: its JSON, as objects or as text. Undefined where it has none that can be read.
 *
 * `outputTokens`: what an answer has at most where the request does not limit it; undefined where it has no tokens at all.
 */
export function sizeOf(request: unknown, outputTokens: number | undefined): Size | undefined {
  const body = read(request);
  if (!isRecord(body) || !isPlain(body)) return undefined;
  const tools = Array.isArray(body.tools) ? body.tools.length : 0;
  return {
    input_tokens: Math.ceil(AROUND + TOOL * tools + tokens(body)),
    max_output_tokens: outputTokens === undefined ? 0 : output(body, outputTokens),
  };
}

function read(request: unknown): unknown {
  if (typeof request === "string") return JSON.parse(request);
  return request instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(request)) : request;
}

/** Whether it is written as JSON, and not a form or a file. */
function isPlain(body: Fields): boolean {
  return typeof FormData !== "function" || !((body as unknown) instanceof FormData);
}

function output(body: Fields, otherwise: number): number {
  const places = [body, ...INSIDE.map((name) => body[name]).filter(isRecord)];
  const limits = counts(places, OUTPUT);
  return (limits.length > 0 ? Math.max(...limits) : otherwise) * Math.max(1, ...counts(places, CHOICES));
}

function counts(places: Fields[], names: string[]): number[] {
  const found = places.flatMap((place) => names.map((name) => place[name]));
  return found.filter((count): count is number => typeof count === "number" && count >= 1).map(Math.ceil);
}

function tokens(value: unknown): number {
  if (typeof value === "string") return 2 + bytes(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 1 + tokens(item), 2);
  if (value instanceof Uint8Array) return 2 + (value.byteLength * 4) / 3;
  if (value instanceof URL) return 2 + value.href.length;
  if (isRecord(value)) return isPicture(value) ? PICTURE : ofFields(value);
  return typeof value === "number" || typeof value === "boolean" || value === null ? String(value).length : 0;
}

/** In UTF-8: a sign takes at most three bytes for each half that JavaScript counts. */
function bytes(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) count += code >= 0x800 ? 2 : 1;
  }
  return count;
}

function ofFields(value: Fields): number {
  let count = 2;
  for (const [name, item] of Object.entries(value)) {
    count += 5 + name.length + tokens(item);
    const isNamed = NAMED.has(name) && (typeof item === "string" || isRecord(item));
    if (isNamed || isElsewhere(name, item)) count += ELSEWHERE;
    else if (name === "image" && isRecord(item)) count += PICTURE; // of Bedrock's Converse
  }
  return count;
}

/** A document by its address; a prompt that the vendor keeps. */
function isElsewhere(name: string, item: unknown): boolean {
  if (item instanceof URL) return true;
  if (!isRecord(item)) return false;
  return (
    (name === "source" && (item.type === "url" || item.type === "file")) ||
    (name === "prompt" && "id" in item)
  );
}

function isPicture(value: Fields): boolean {
  if (typeof value.type === "string" && PICTURES.has(value.type)) return true;
  const kind = value.mimeType ?? value.mime_type ?? value.mediaType;
  return typeof kind === "string" && kind.startsWith("image/");
}
