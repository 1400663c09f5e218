/**
 * The Vercel AI SDK (`ai` 5 to 7): models are tracked by its own middleware.
 *
 *     wrapLanguageModel({ model: openai("gpt-4o"), middleware: tokenboardMiddleware() })
 *     wrapEmbeddingModel({ model: openai.embedding("..."), middleware: tokenboardEmbeddingMiddleware() })
 */

import type { Fields } from "./events.js";
import { begin, guarded } from "./wrap/core.js";
import type { Call, Operation, StreamReader, WrapOptions } from "./wrap/core.js";
import { get, known, told } from "./wrap/reading.js";
import { reserve } from "./wrap/reserving.js";
import { seen, watchDropped } from "./wrap/streams.js";

/** Fits the middleware types of all versions, which differ by the number that they ask for. */
export type Middleware = {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- "v2", "v3" or "v4"
  readonly specificationVersion: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the AI SDK's own types, which are not imported
  readonly wrapGenerate: (options: any) => Promise<any>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly wrapStream: (options: any) => Promise<any>;
};

export type EmbeddingMiddleware = {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- "v3" or "v4"
  readonly specificationVersion: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the AI SDK's own types, which are not imported
  readonly wrapEmbed: (options: any) => Promise<any>;
};

// `openai.responses`, `google.vertex.chat`: whose it is, then which of its APIs
const PROVIDERS: [RegExp, string][] = [
  [/^(google\.vertex|google-vertex|vertex)/, "vertex"],
  [/^google/, "google"],
  [/^azure/, "azure"],
  [/^(amazon-bedrock|bedrock)/, "aws.bedrock"],
  [/^togetherai/, "together"],
  [/^gateway/, "vercel"],
];
const APIS: [RegExp, string][] = [
  [/\.responses$/, "responses"],
  [/^google|^vertex/, "generate_content"],
  [/anthropic/, "messages"],
  [/bedrock/, "converse"],
  [/\.completion$/, "completions"],
  [/^cohere/, "chat"],
];

function named(table: [RegExp, string][], provider: string): string | undefined {
  return table.find(([pattern]) => pattern.test(provider))?.[1];
}

/** The vendor's own usage object where it is handed on, else the AI SDK's counts. */
function readUsage(usage: unknown): Fields {
  const raw = told(get(usage, "raw"));
  return raw === undefined ? { usage: told(counted(usage)) } : { raw_usage: raw };
}

function counted(usage: unknown): Fields {
  const [input, output] = [get(usage, "inputTokens"), get(usage, "outputTokens")];
  const flat = typeof input === "number" || typeof output === "number";
  return known({
    input_tokens: flat ? input : get(input, "total"),
    cache_read_tokens: flat ? get(usage, "cachedInputTokens") : get(input, "cacheRead"),
    cache_write_tokens: get(input, "cacheWrite"),
    output_tokens: flat ? output : get(output, "total"),
    reasoning_tokens: flat ? get(usage, "reasoningTokens") : get(output, "reasoning"),
  });
}

function read(result: unknown): Fields {
  return {
    ...about(get(result, "response"), get(result, "providerMetadata")),
    ...readUsage(get(result, "usage")),
  };
}

function about(response: unknown, metadata: unknown): Fields {
  const tier = Object.values(told(metadata) ?? {}).map((each) => get(each, "serviceTier"));
  return known({
    model: get(response, "modelId"),
    provider_response_id: get(response, "id"),
    service_tier: tier.find((each) => typeof each === "string"),
  });
}

/** Parts of an answer; the last tells the usage. */
class PartStream implements StreamReader {
  hasAnswer = false;
  #about: unknown;
  #finish: unknown;

  see(part: unknown): boolean {
    const kind = get(part, "type");
    if (kind === "response-metadata") this.#about = part;
    else if (kind === "finish") this.#finish = part;
    else if (typeof kind === "string" && (kind.endsWith("-delta") || kind === "tool-call"))
      this.hasAnswer = true;
    return false;
  }

  fields(): Fields {
    return {
      ...about(this.#about, get(this.#finish, "providerMetadata")),
      ...readUsage(get(this.#finish, "usage")),
    };
  }
}

function readEmbeddings(result: unknown): Fields {
  const raw = told(get(result, "response", "body", "usage"));
  const tokens = get(result, "usage", "tokens");
  const model = get(result, "response", "body", "model");
  return known({
    model,
    ...(raw === undefined ? { usage: told(known({ input_tokens: tokens })) } : { raw_usage: raw }),
  });
}

function start(model: unknown, operation: Operation, options: WrapOptions, body: unknown): Call | undefined {
  const name = get(model, "provider");
  const provider = typeof name === "string" ? name : "unknown";
  const id = get(model, "modelId");
  const api = operation.operation === "chat" ? (named(APIS, provider) ?? "chat.completions") : operation.api;
  return begin(
    { ...operation, api },
    {
      provider: options.provider ?? named(PROVIDERS, provider) ?? provider.split(".")[0],
      requested_model: typeof id === "string" ? id : undefined,
    },
    options,
    body,
  );
}

const CHAT: Operation = { api: "chat.completions", operation: "chat", read, stream: () => new PartStream() };
const EMBEDDINGS: Operation = { api: "embeddings", operation: "embeddings", read: readEmbeddings };

type Do = () => PromiseLike<unknown>;

async function run(
  call: Call | undefined,
  ask: Do,
  finish: (call: Call, result: unknown) => unknown,
): Promise<unknown> {
  if (call === undefined) return ask();
  if (call.isHeld) await reserve(call);
  let result: unknown;
  try {
    result = await ask();
  } catch (error) {
    call.failed(error);
    throw error;
  }
  const given = guarded(() => finish(call, result));
  if (given === undefined) call.nothingRead();
  return given ?? result;
}

function returned(call: Call, result: unknown): unknown {
  call.returned(result);
  return result;
}

function streaming(call: Call, result: unknown): unknown {
  const { stream } = result as { stream: ReadableStream };
  return { ...(result as object), stream: observed(stream, call, new PartStream()) };
}

/** The stream, read as fast as it is read by the program, and no faster. */
function observed(source: ReadableStream, call: Call, parts: StreamReader): ReadableStream {
  const reader = source.getReader() as ReadableStreamDefaultReader<unknown>;
  let failure: unknown;
  const stream = new ReadableStream<unknown>(
    {
      async pull(controller) {
        let step: ReadableStreamReadResult<unknown>;
        try {
          step = await reader.read();
        } catch (error) {
          call.streamed(parts, false, error);
          throw error;
        }
        if (step.done) {
          call.streamed(parts, failure === undefined, failure);
          controller.close();
          return;
        }
        if (get(step.value, "type") === "error") failure = get(step.value, "error");
        seen(step.value, call, parts);
        controller.enqueue(step.value);
      },
      cancel(reason) {
        call.streamed(parts, false);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  watchDropped(stream, call, parts);
  return stream;
}

/** Tracks a language model's calls, streamed or not. */
export function tokenboardMiddleware(options: WrapOptions = {}): Middleware {
  return {
    specificationVersion: "v4",
    wrapGenerate: ({ doGenerate, model, params }: { doGenerate: Do; model: unknown; params: unknown }) =>
      run(
        guarded(() => start(model, CHAT, options, params)),
        doGenerate,
        returned,
      ),
    wrapStream: ({ doStream, model, params }: { doStream: Do; model: unknown; params: unknown }) =>
      run(
        guarded(() => start(model, CHAT, options, params)),
        doStream,
        streaming,
      ),
  };
}

/** Tracks an embedding model's calls. */
export function tokenboardEmbeddingMiddleware(options: WrapOptions = {}): EmbeddingMiddleware {
  return {
    specificationVersion: "v4",
    wrapEmbed: ({ doEmbed, model, params }: { doEmbed: Do; model: unknown; params: unknown }) =>
      run(
        guarded(() => start(model, EMBEDDINGS, options, params)),
        doEmbed,
        returned,
      ),
  };
}
