/** Mistral's client (`@mistralai/mistralai`). */

import type { Fields } from "../events.js";
import { wire } from "./camel.js";
import { begin, measure, restore } from "./core.js";
import type { Call, Operation, StreamReader, WrapOptions } from "./core.js";
import { providerOf, shownAddress } from "./hosts.js";
import { get, known } from "./reading.js";
import { watchIterable } from "./streams.js";

function readChat(response: unknown): Fields {
  return {
    model: get(response, "model"),
    provider_response_id: get(response, "id"),
    raw_usage: wire(get(response, "usage")),
  };
}

function readOcr(response: unknown): Fields {
  return { model: get(response, "model"), raw_usage: wire(get(response, "usageInfo")) };
}

/** Chunks of a chat completion; the last one tells the usage. */
class ChatStream implements StreamReader {
  hasAnswer = false;
  #about: Fields = {};
  #usage: Fields | undefined;

  see(event: unknown): boolean {
    const chunk = get(event, "data");
    this.#about = known({ id: get(chunk, "id"), model: get(chunk, "model") });
    this.#usage = wire(get(chunk, "usage")) ?? this.#usage;
    const delta = get(chunk, "choices", 0, "delta");
    this.hasAnswer ||= Boolean(get(delta, "content")) || Boolean(get(delta, "toolCalls"));
    return false;
  }

  fields(isWhole: boolean): Fields {
    const isPartial = !isWhole && this.#usage === undefined;
    return {
      model: this.#about.model,
      provider_response_id: this.#about.id,
      raw_usage: isPartial ? { chunks: [{ ...this.#about, choices: [{}] }] } : this.#usage,
    };
  }
}

const CHAT: Operation = {
  api: "chat.completions",
  operation: "chat",
  read: readChat,
  stream: () => new ChatStream(),
};
const FIM: Operation = { ...CHAT, api: "fim.completions", operation: "text_completion" };
const EMBEDDINGS: Operation = { api: "embeddings", operation: "embeddings", read: readChat };
const OCR: Operation = { api: "ocr", operation: "ocr", read: readOcr };

const METHODS: [string, string, Operation][] = [
  ["chat", "complete", CHAT],
  ["chat", "parse", CHAT],
  ["chat", "stream", CHAT],
  ["chat", "parseStream", CHAT],
  ["agents", "complete", CHAT],
  ["agents", "stream", CHAT],
  ["fim", "complete", FIM],
  ["fim", "stream", FIM],
  ["embeddings", "create", EMBEDDINGS],
  ["ocr", "process", OCR],
];

function finish(call: Call, result: unknown): unknown {
  call.httpStatus = 200;
  const reader = call.operation.stream?.();
  if (reader === undefined || !(result instanceof ReadableStream)) call.returned(result);
  else watchIterable(result, call, reader);
  return result;
}

export function matches(client: object): boolean {
  return (
    typeof get(client, "chat", "complete") === "function" &&
    typeof get(client, "chat", "stream") === "function"
  );
}

function addressOf(client: object): string {
  const address = get(client, "_baseURL") ?? get(client, "_options", "serverURL");
  if (address instanceof URL) return address.href;
  return typeof address === "string" ? address : "https://api.mistral.ai";
}

export function instrument(client: object, options: WrapOptions): void {
  const address = addressOf(client);
  const about = {
    provider: options.provider ?? providerOf(address) ?? "mistral",
    base_url: shownAddress(address),
  };
  for (const [resource, method, operation] of METHODS) {
    const owner = get(client, resource);
    if (typeof owner !== "object" || owner === null) continue;
    const start = ([request]: unknown[]): Call | undefined =>
      begin(
        operation,
        { ...about, requested_model: get(request, "model") ?? get(request, "agentId") },
        options,
        request,
      );
    measure(owner, method, start, finish);
  }
}

export function remove(client: object): void {
  for (const [resource, method] of METHODS) {
    const owner = get(client, resource);
    if (typeof owner === "object" && owner !== null) restore(owner, method);
  }
}
