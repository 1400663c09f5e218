/** Anthropic's client, and Claude through it on Bedrock and Vertex. */

import type { Fields } from "../events.js";
import { lookedUp } from "../identity.js";
import type { Operation, StreamReader, WrapOptions } from "./core.js";
import { get, told } from "./reading.js";
import * as stainless from "./stainless.js";
import type { RequestOptions, Target } from "./stainless.js";

const BEDROCK = "aws.bedrock";

/** Of a message: who served it, and its usage as it came. */
function readMessage(message: unknown): Fields {
  const usage = told(get(message, "usage"));
  return {
    model: get(message, "model"),
    provider_response_id: get(message, "id"),
    service_tier: get(usage, "service_tier"),
    raw_usage: usage,
  };
}

/** Of one line of a batch's results. However often results are looked up, each of them counts once. */
function readResult(line: unknown): Fields | undefined {
  const message = get(line, "result", "message");
  if (message === undefined) return undefined; // failed, cancelled or expired: not billed
  return {
    ...readMessage(message),
    event_id: lookedUp("anthropic-message", get(message, "id")),
    latency_ms: undefined,
  };
}

/** Events of a message. Its start tells the input and the lives of what was cached, each delta totals so far. */
class MessageStream implements StreamReader {
  hasAnswer = false;
  #said: Fields | undefined;
  readonly #deltas: Fields[] = [];

  see(chunk: unknown): boolean {
    const kind = get(chunk, "type");
    if (kind === "content_block_delta") this.hasAnswer = true;
    else if (kind === "message_start") this.#start(get(chunk, "message"));
    else if (kind === "message_delta") this.#delta(told(get(chunk, "usage")));
    return false;
  }

  /** Copied now: the stream helper goes on writing into it. */
  #start(message: unknown): void {
    const said = readMessage(message);
    this.#said = { ...said, raw_usage: structuredClone(said.raw_usage) };
  }

  #delta(usage: Fields | undefined): void {
    if (usage !== undefined) this.#deltas.push({ type: "message_delta", usage: { ...usage } });
  }

  fields(): Fields {
    if (this.#said === undefined) return {};
    const usage = this.#said.raw_usage;
    const isSilent = usage === undefined && this.#deltas.length === 0;
    const start = { type: "message_start", message: { usage } };
    return { ...this.#said, raw_usage: isSilent ? undefined : { chunks: [start, ...this.#deltas] } };
  }
}

/** Bedrock's price hangs on the model's id as the request has it; the answer has Anthropic's own name. */
function nameless(said: Fields): Fields {
  return { ...said, model: undefined };
}

class NamelessStream extends MessageStream {
  override fields(): Fields {
    return nameless(super.fields());
  }
}

const MESSAGES: Operation = {
  api: "messages",
  operation: "chat",
  read: readMessage,
  stream: () => new MessageStream(),
};
const ON_BEDROCK: Operation = {
  ...MESSAGES,
  read: (message) => nameless(readMessage(message)),
  stream: () => new NamelessStream(),
};
const RESULTS: Operation = {
  api: "messages.batches",
  operation: "chat",
  read: readResult,
  isLines: true,
  isSilentFailing: true,
};
const RESULTS_PATH = /\/messages\/batches\/[^/?]+\/results(\?|$)/;

/** The operation at this path, or address; undefined for calls that use nothing. */
function operationOf(method: string, path: string): Operation | undefined {
  if (method === "post") return path.split("?")[0] === "/v1/messages" ? MESSAGES : undefined;
  return RESULTS_PATH.test(path) ? RESULTS : undefined;
}

function prepare(target: Target, operation: Operation, options: RequestOptions): [Operation, RequestOptions] {
  return [operation === MESSAGES && target.provider === BEDROCK ? ON_BEDROCK : operation, options];
}

/** Who serves the calls of a client whose address does not say. */
function providerOf(client: object): string {
  if ("awsRegion" in client) return BEDROCK;
  return "projectId" in client && "region" in client ? "vertex" : "anthropic";
}

/** `Anthropic`, `AnthropicBedrock`, `AnthropicVertex`. */
export function matches(client: object): client is stainless.StainlessClient {
  return stainless.isStainless(client) && typeof get(client, "messages", "create") === "function";
}

export function instrument(client: object, options: WrapOptions): void {
  const vendor = { provider: providerOf(client), operationOf, prepare };
  stainless.instrument(client as stainless.StainlessClient, vendor, options);
}

export const remove = stainless.remove;
