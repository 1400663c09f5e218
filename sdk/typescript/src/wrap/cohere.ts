/** Cohere's client (`cohere-ai`), both versions of its API. */

import type { Fields } from "../events.js";
import { wire } from "./camel.js";
import { begin, measure, restore } from "./core.js";
import type { Call, Operation, StreamReader, WrapOptions } from "./core.js";
import { providerOf, shownAddress } from "./hosts.js";
import { get } from "./reading.js";
import { watchIterable } from "./streams.js";

/** Of a chat, embeddings or a ranking: version 2 of a chat has `usage`, everything else `meta`. */
function read(response: unknown): Fields {
  return {
    provider_response_id: get(response, "responseId") ?? get(response, "id"),
    raw_usage: wire(get(response, "usage")) ?? wire(get(response, "meta")),
  };
}

/** Events of a chat; the one that ends it tells the usage. */
class ChatStream implements StreamReader {
  hasAnswer = false;
  #id: unknown;
  #usage: Fields | undefined;

  see(event: unknown): boolean {
    const kind = get(event, "type") ?? get(event, "eventType");
    if (kind === "content-delta" || kind === "text-generation" || kind === "tool-call-delta")
      this.hasAnswer = true;
    if (kind === "message-start") this.#id = get(event, "id");
    else if (kind === "message-end") this.#usage = wire(get(event, "delta", "usage"));
    else if (kind === "stream-end") this.#ended(get(event, "response"));
    return false;
  }

  #ended(response: unknown): void {
    const said = read(response);
    this.#id = said.provider_response_id;
    this.#usage = said.raw_usage as Fields | undefined;
  }

  fields(): Fields {
    return { provider_response_id: this.#id, raw_usage: this.#usage };
  }
}

const CHAT: Operation = { api: "chat", operation: "chat", read, stream: () => new ChatStream() };
const METHODS: [string, Operation][] = [
  ["__chat", CHAT],
  ["__chatStream", CHAT],
  ["__embed", { api: "embed", operation: "embeddings", read }],
  ["__rerank", { api: "rerank", operation: "rerank", read }],
];

/** What the client's methods answer, before it is made a promise of theirs: the response, and the HTTP one beside it. */
function finish(call: Call, result: unknown): unknown {
  const status = get(result, "rawResponse", "status");
  if (typeof status === "number") call.httpStatus = status;
  const data = get(result, "data");
  const reader = call.operation.stream?.();
  const isStream = typeof data === "object" && data !== null && Symbol.asyncIterator in data;
  if (reader !== undefined && isStream) watchIterable(data, call, reader);
  else call.returned(data);
  return result;
}

export function matches(client: object): boolean {
  return (
    typeof get(client, "chatStream") === "function" &&
    typeof get(client, "rerank") === "function" &&
    owners(client).length > 0
  );
}

/** The objects whose methods do the work: the client itself, and those inside for both versions of the API. */
function owners(client: object): object[] {
  const found = [
    client,
    get(client, "v2"),
    get(client, "client"),
    get(client, "client", "v2"),
    get(client, "clientV2"),
  ];
  return found.filter(
    (owner): owner is object =>
      typeof owner === "object" && owner !== null && typeof get(owner, "__chat") === "function",
  );
}

function addressOf(owner: object): string {
  const address = get(owner, "_options", "baseUrl") ?? get(owner, "_options", "environment");
  return typeof address === "string" ? address : "https://api.cohere.com";
}

export function instrument(client: object, options: WrapOptions): void {
  for (const owner of owners(client)) {
    const address = addressOf(owner);
    const about = {
      provider: options.provider ?? providerOf(address) ?? "cohere",
      base_url: shownAddress(address),
    };
    for (const [method, operation] of METHODS) {
      const start = ([request]: unknown[]): Call | undefined =>
        begin(operation, { ...about, requested_model: get(request, "model") }, options, request);
      measure(owner, method, start, finish);
    }
  }
}

export function remove(client: object): void {
  for (const owner of owners(client)) for (const [method] of METHODS) restore(owner, method);
}
