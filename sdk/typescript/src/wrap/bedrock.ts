/** Amazon's client for Bedrock (`@aws-sdk/client-bedrock-runtime`), by the middleware that it is made for. */

import type { Fields } from "../events.js";
import { isRecord } from "../events.js";
import { begin } from "./core.js";
import type { Call, Operation, StreamReader, WrapOptions } from "./core.js";
import { guarded } from "./core.js";
import { shownAddress } from "./hosts.js";
import { get, known, told } from "./reading.js";
import { reserve } from "./reserving.js";
import { watchIterable } from "./streams.js";

const NAME = "tokenboard";
// What the bodies of InvokeModel count, family by family, where they have no usage object.
const COUNTS = ["inputTextTokenCount", "prompt_token_count", "generation_token_count"];

// --- Converse ---

/** Of an answer or the last event of a stream: the usage; around it the tier, where one is told. */
function readConverse(answer: unknown): Fields {
  const usage = told(get(answer, "usage"));
  const tier = told(get(answer, "serviceTier"));
  return {
    service_tier: get(tier, "type"),
    raw_usage: usage !== undefined && tier !== undefined ? { usage, serviceTier: tier } : usage,
  };
}

class ConverseStream implements StreamReader {
  hasAnswer = false;
  #metadata: unknown;

  see(event: unknown): boolean {
    if (get(event, "contentBlockDelta") !== undefined) this.hasAnswer = true;
    this.#metadata = get(event, "metadata") ?? this.#metadata;
    return false;
  }

  fields(isWhole: boolean): Fields {
    if (this.#metadata !== undefined) return readConverse(this.#metadata);
    return isWhole ? {} : { raw_usage: { chunks: [{ messageStart: {} }] } };
  }
}

// --- InvokeModel: the bodies are each model family's own ---

function readBody(body: unknown): Fields {
  const usage = told(get(body, "usage"));
  const counts = known(Object.fromEntries(COUNTS.map((name) => [name, get(body, name)])));
  return known({
    provider_response_id: get(body, "id"),
    service_tier: get(usage, "service_tier"),
    raw_usage: usage ?? told(counts) ?? titan(body),
  });
}

/** Titan's texts count what they put out in each of their results. */
function titan(body: unknown): Fields | undefined {
  const results = get(body, "results");
  const input = get(body, "inputTextTokenCount");
  if (!Array.isArray(results) || input === undefined) return undefined;
  return {
    inputTextTokenCount: input,
    results: results.map((each) => known({ tokenCount: get(each, "tokenCount") })),
  };
}

/** Chunks of a body: Anthropic's events, or others' with Bedrock's own counts in the last. */
class BodyStream implements StreamReader {
  hasAnswer = false;
  #id: unknown;
  #tier: unknown;
  readonly #events: Fields[] = [];
  #last: Fields | undefined;

  see(event: unknown): boolean {
    const bytes = get(event, "chunk", "bytes");
    if (!(bytes instanceof Uint8Array)) return false;
    const chunk: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const kind = get(chunk, "type");
    if (kind === "message_start") this.#start(get(chunk, "message"));
    else if (kind === "message_delta") this.#delta(told(get(chunk, "usage")));
    else if (kind === undefined || kind === "content_block_delta") this.hasAnswer = true;
    const counted = readBody(chunk).raw_usage;
    const metrics = told(get(chunk, "amazon-bedrock-invocationMetrics"));
    if (kind === undefined && isRecord(counted ?? metrics)) this.#last = (counted ?? metrics) as Fields;
    return false;
  }

  #start(message: unknown): void {
    const usage = told(get(message, "usage"));
    this.#id = get(message, "id");
    this.#tier = get(usage, "service_tier");
    this.#events.push({ type: "message_start", message: { usage } });
  }

  #delta(usage: Fields | undefined): void {
    if (usage !== undefined) this.#events.push({ type: "message_delta", usage });
  }

  fields(): Fields {
    const usage = this.#events.length > 0 ? { chunks: this.#events } : this.#last;
    return known({ provider_response_id: this.#id, service_tier: this.#tier, raw_usage: usage });
  }
}

// --- which command is which ---

const CONVERSE: Operation = {
  api: "converse",
  operation: "chat",
  read: readConverse,
  stream: () => new ConverseStream(),
};
const INVOKE: Operation = {
  api: "invoke_model",
  operation: "chat",
  read: (output) => readBody(JSON.parse(new TextDecoder().decode(get(output, "body") as Uint8Array))),
  stream: () => new BodyStream(),
};
const EMBED: Operation = { ...INVOKE, operation: "embeddings" };

function operationOf(command: unknown, model: string): Operation | undefined {
  if (command === "ConverseCommand" || command === "ConverseStreamCommand") return CONVERSE;
  if (command !== "InvokeModelCommand" && command !== "InvokeModelWithResponseStreamCommand")
    return undefined;
  return model.includes("embed") ? EMBED : INVOKE;
}

type Args = { input?: { modelId?: unknown } };
type Handler = (args: Args) => Promise<{ output: object }>;
type Stack = { add: (middleware: unknown, options: object) => void; remove: (name: string) => boolean };
type Endpoint = { protocol: string; hostname: string; port?: number; path?: string };
type Client = {
  middlewareStack: Stack;
  config: { region?: () => Promise<string>; endpoint?: () => Promise<Endpoint> };
};

/** One call of the client, whichever way it is made: `send` with a promise or a callback, a paginator. */
function measured(client: Client, options: WrapOptions) {
  return (next: Handler, context: { commandName?: string }): Handler =>
    async (args) => {
      const call = guarded(() => start(context.commandName, args, options));
      if (call === undefined) return next(args);
      if (call.isHeld) await reserve(call);
      let result: { output: object };
      try {
        result = await next(args);
      } catch (error) {
        await locate(call, client);
        call.failed(error);
        throw error;
      }
      await locate(call, client);
      const isTaken = guarded(() => (finish(call, result.output), true));
      if (isTaken !== true) call.nothingRead();
      return result;
    };
}

function start(command: unknown, args: Args, options: WrapOptions): Call | undefined {
  const model = args.input?.modelId;
  const operation = typeof model === "string" ? operationOf(command, model) : undefined;
  if (operation === undefined) return undefined;
  const fields = { provider: options.provider ?? "aws.bedrock", requested_model: model };
  return begin(operation, fields, options, operation === CONVERSE ? args.input : get(args.input, "body"));
}

/** The address that the call went to: its region may decide its price. */
async function locate(call: Call, client: Client): Promise<void> {
  try {
    const endpoint = await client.config.endpoint?.();
    const region = await client.config.region?.();
    if (endpoint !== undefined) call.fields.base_url = addressOf(endpoint);
    else if (region !== undefined) call.fields.base_url = `https://bedrock-runtime.${region}.amazonaws.com`;
  } catch {
    return;
  }
}

function addressOf({ protocol, hostname, port, path }: Endpoint): string | undefined {
  return shownAddress(`${protocol}//${hostname}${port === undefined ? "" : `:${String(port)}`}${path ?? ""}`);
}

function finish(call: Call, output: object): void {
  const status = get(output, "$metadata", "httpStatusCode");
  const attempts = get(output, "$metadata", "attempts");
  if (typeof status === "number") call.httpStatus = status;
  if (typeof attempts === "number") call.attempts = attempts;
  call.fields.provider_response_id = get(output, "$metadata", "requestId");
  const stream = get(output, "stream") ?? get(output, "body");
  const reader = call.operation.stream?.();
  const isStream = typeof stream === "object" && stream !== null && Symbol.asyncIterator in stream;
  if (isStream && reader !== undefined) watchIterable(stream, call, reader);
  else call.returned(output);
}

export function matches(client: object): boolean {
  const isAws = typeof get(client, "middlewareStack", "add") === "function";
  return isAws && get(client, "config", "serviceId") === "Bedrock Runtime";
}

export function instrument(client: object, options: WrapOptions): void {
  const { middlewareStack } = client as Client;
  if ((get(middlewareStack, "identify") as (() => string[]) | undefined)?.call(middlewareStack).some(isOurs))
    return;
  middlewareStack.add(measured(client as Client, options), {
    step: "initialize",
    name: NAME,
    priority: "high",
  });
}

function isOurs(name: string): boolean {
  return name.startsWith(`${NAME}:`) || name === NAME;
}

export function remove(client: object): void {
  (client as Client).middlewareStack.remove(NAME);
}
