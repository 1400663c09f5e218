/** OpenAI's client, and with it every host that speaks OpenAI's language (`baseURL`), and Azure. */

import { client } from "../client.js";
import { isRecord } from "../events.js";
import type { Fields } from "../events.js";
import { lookedUp } from "../identity.js";
import type { Operation, StreamReader, WrapOptions } from "./core.js";
import { get, known, list, told } from "./reading.js";
import { IMAGES, SPEECH, spoken, TRANSCRIPTION, TRANSLATION } from "./openai-media.js";
import { readResponse, readRetrieved, ResponseStream, RetrievedStream } from "./openai-responses.js";
import * as stainless from "./stainless.js";
import type { RequestOptions, Target, Vendor } from "./stainless.js";

// Who tells the usage of a chat stream when asked to, and refuses nobody for asking. Others tell it unasked (Mistral,
// Perplexity), or may answer 400: a server of one's own is asked only where `wrap(..., { streamUsage: true })` says so.
const TELL_WHEN_ASKED = new Set([
  ...[
    "openai",
    "azure",
    "groq",
    "together",
    "deepseek",
    "openrouter",
    "fireworks",
    "xai",
    "cerebras",
    "moonshot",
  ],
]);
// The first Azure API version that knows `stream_options`.
const AZURE_SINCE = "2024-09-01";
const UNKNOWN_HOST = "openai-compatible";
// What a chunk's delta holds that is the answer, in OpenAI's words and its relatives'.
const ANSWER = [
  "content",
  "tool_calls",
  "refusal",
  "function_call",
  "audio",
  "reasoning_content",
  "reasoning",
];

// --- chat completions ---

/** Of a chat completion, a completion or a batch of embeddings: who served it, and its usage as it came. */
export function readChat(response: unknown): Fields {
  return {
    model: get(response, "model"),
    provider_response_id: get(response, "id"),
    service_tier: get(response, "service_tier"),
    raw_usage: usageOf(response),
  };
}

/** Groq has it in `x_groq`, Moonshot in the choice. */
function usageOf(chunk: unknown): Fields | undefined {
  return (
    told(get(chunk, "usage")) ??
    told(get(chunk, "x_groq", "usage")) ??
    told(get(chunk, "choices", 0, "usage"))
  );
}

/** Chunks of a chat completion. The last usage that came counts; running totals are totals, never parts. */
export class ChatStream implements StreamReader {
  hasAnswer = false;
  protected readonly hidesUsage: boolean = false;
  #about: Fields = {};
  #usage: Fields | undefined;
  #isFinal = false;
  #hasFinished = false;

  see(chunk: unknown): boolean {
    const choices = list(get(chunk, "choices"));
    const usage = usageOf(chunk);
    if (usage !== undefined || !this.#about.id) this.#takeAbout(chunk);
    if (usage !== undefined) {
      this.#usage = usage;
      this.#isFinal = choices.length === 0;
    }
    if (!this.hasAnswer && choices.length > 0)
      this.hasAnswer = isAnswer(get(choices[0], "delta"), choices[0]);
    if (!this.hidesUsage || !isRecord(chunk)) return false;
    if (chunk.usage === null) delete chunk.usage; // it came only because we asked
    if (get(choices[0], "finish_reason") !== undefined) this.#hasFinished = true;
    return choices.length === 0 && (get(chunk, "usage") !== undefined || this.#isAfterAll(chunk));
  }

  /** The extra chunk that was asked for and tells nothing; Azure has empty ones of its own, about its filters. */
  #isAfterAll(chunk: Fields): boolean {
    return this.#hasFinished && !("prompt_filter_results" in chunk);
  }

  #takeAbout(chunk: unknown): void {
    for (const name of ["id", "model", "service_tier"]) {
      const said = get(chunk, name);
      if (said !== undefined && said !== "") this.#about[name] = said; // Azure's first chunk has empty ones
    }
  }

  fields(isWhole: boolean): Fields {
    const isPartial = !isWhole && !this.#isFinal;
    return {
      model: this.#about.model,
      provider_response_id: this.#about.id,
      service_tier: this.#about.service_tier,
      raw_usage: isPartial ? this.#partial() : this.#usage,
    };
  }

  /** An empty choice says that the counts are those so far. */
  #partial(): Fields {
    return { chunks: [known({ ...this.#about, choices: [{}], usage: this.#usage })] };
  }
}

/** The same, where we asked for the usage and the program did not. */
class AskedChatStream extends ChatStream {
  protected override readonly hidesUsage = true;
}

function isAnswer(delta: unknown, choice: unknown): boolean {
  return ANSWER.some((name) => Boolean(get(delta, name))) || Boolean(get(choice, "text"));
}

/** Whether a chat stream is to be asked for its usage. */
function asksUsage(target: Target, options: RequestOptions): boolean {
  const { body } = options;
  if (!isRecord(body) || body.stream !== true || options.stream !== true) return false;
  if (get(body, "stream_options", "include_usage") !== undefined) return false;
  return mayAsk(target) && !(target.provider === "azure" && "data_sources" in body);
}

function mayAsk(target: Target): boolean {
  const { streamUsage } = target.options;
  if (streamUsage !== undefined || !client().settings.streamUsage) return streamUsage === true;
  const version = target.client.apiVersion;
  if (typeof version === "string" && version > "2020" && version < AZURE_SINCE) return false;
  return TELL_WHEN_ASKED.has(target.provider);
}

// --- which call is which ---

const CHAT: Operation = {
  api: "chat.completions",
  operation: "chat",
  read: readChat,
  stream: () => new ChatStream(),
};
const ASKED_CHAT: Operation = { ...CHAT, stream: () => new AskedChatStream() };
const OPERATIONS: Record<string, Operation> = {
  "/chat/completions": CHAT,
  "/completions": {
    api: "completions",
    operation: "text_completion",
    read: readChat,
    stream: () => new ChatStream(),
  },
  "/responses": {
    api: "responses",
    operation: "chat",
    read: readResponse,
    stream: () => new ResponseStream(),
  },
  "/embeddings": { api: "embeddings", operation: "embeddings", read: readChat },
  "/images/generations": IMAGES.generate,
  "/images/edits": IMAGES.edit,
  "/images/variations": IMAGES.variations,
  "/audio/transcriptions": TRANSCRIPTION,
  "/audio/translations": TRANSLATION,
  "/audio/speech": SPEECH,
};
const RETRIEVED: Operation = {
  api: "responses",
  operation: "chat",
  read: readRetrieved,
  stream: () => new RetrievedStream(),
  isSilentFailing: true,
};
const A_RESPONSE = /^\/responses\/[^/]+$/;
const A_FILE = /^\/files\/[^/]+\/content$/;

/** The lines of a batch's output. However often they are looked up, each counts once; other files have none. */
const BATCH: Operation = {
  api: "batches",
  operation: "chat",
  isLines: true,
  isSilentFailing: true,
  read(line) {
    const body = get(line, "response", "body");
    if (get(line, "custom_id") === undefined || told(get(body, "usage")) === undefined) return undefined;
    const [api, operation] = LINE_APIS[String(get(body, "object"))] ?? ["embeddings", "embeddings"];
    const said = api === "responses" ? readResponse(body) : readChat(body);
    const id = get(body, "id") ?? get(line, "id");
    const made = get(body, "created") ?? get(body, "created_at");
    return {
      ...said,
      // when it was answered, which looking it up is not
      ...(typeof made === "number" ? { occurred_at: new Date(made * 1000).toISOString() } : {}),
      api: `batches.${api}`,
      operation,
      event_id: lookedUp("openai-batch", id),
      latency_ms: undefined,
    };
  },
};
const LINE_APIS: Record<string, [string, string]> = {
  "chat.completion": ["chat.completions", "chat"],
  text_completion: ["completions", "text_completion"],
  response: ["responses", "chat"],
};

/** The operation at this path; undefined for calls that use nothing. */
function operationOf(method: string, path: string): Operation | undefined {
  if (method === "get") return A_RESPONSE.test(path) ? RETRIEVED : A_FILE.test(path) ? BATCH : undefined;
  return method === "post" && Object.hasOwn(OPERATIONS, path) ? OPERATIONS[path] : undefined;
}

function prepare(target: Target, operation: Operation, options: RequestOptions): [Operation, RequestOptions] {
  if (operation !== CHAT || !asksUsage(target, options)) return [operation, options];
  const body = options.body as Fields;
  const asked = { ...(isRecord(body.stream_options) ? body.stream_options : {}), include_usage: true };
  return [ASKED_CHAT, { ...options, body: { ...body, stream_options: asked } }];
}

/** The model that a form names: as a part, or for version 4 of the client, whose forms cannot be read, beside it. */
function modelOfForm({ body, __metadata }: RequestOptions): string | undefined {
  const model = body instanceof FormData ? body.get("model") : get(__metadata, "model");
  return typeof model === "string" ? model : undefined;
}

/** Azure's requests name a deployment where others name the model. */
function describe(target: Target, options: RequestOptions): Fields {
  const form = modelOfForm(options);
  const fields: Fields =
    form === undefined ? spoken(OPERATIONS[options.path], options.body) : { requested_model: form };
  if (target.provider !== "azure") return fields;
  return { ...fields, deployment: target.client.deploymentName ?? get(options.body, "model") };
}

const VENDOR: Vendor = { provider: UNKNOWN_HOST, operationOf, prepare, describe };

/** `OpenAI`, `AzureOpenAI`, and clients of the same make: Groq, Together. */
export function matches(client: object): client is stainless.StainlessClient {
  return stainless.isStainless(client) && typeof get(client, "chat", "completions", "create") === "function";
}

export function instrument(client: object, options: WrapOptions): void {
  stainless.instrument(client as stainless.StainlessClient, VENDOR, options);
}

export const remove = stainless.remove;
