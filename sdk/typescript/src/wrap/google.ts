/**
 * Google's client (`@google/genai`): the Gemini API and Vertex AI.
 *
 * All of its calls (models, chats, automatic function calls) go through two methods of one inner client. There they are measured;
 * the JSON that they answer is looked at when the client reads it.
 */

import type { Fields } from "../events.js";
import { begin, guarded, measure, replace, restore } from "./core.js";
import type { Call, Operation, StreamReader, WrapOptions } from "./core.js";
import { providerOf, shownAddress } from "./hosts.js";
import { get, known, list, told } from "./reading.js";
import { watchDropped, watched } from "./streams.js";

const PATH = /(?:^|\/)(?:models|tunedModels|endpoints)\/([^:?]+):(\w+)/;

/** Of generated content: its usage; around it, where it searched, how often, without a word of what. */
function readContent(response: unknown): Fields {
  const usage = told(get(response, "usageMetadata"));
  const searched = list(get(response, "candidates")).flatMap(searches);
  return {
    model: get(response, "modelVersion"),
    provider_response_id: get(response, "responseId"),
    raw_usage:
      searched.length > 0 && usage !== undefined ? { candidates: searched, usageMetadata: usage } : usage,
  };
}

/** Of embeddings: the Gemini API has a usage object, Vertex counts the tokens of each text. */
function readEmbeddings(response: unknown): Fields {
  const predictions = get(response, "predictions");
  if (predictions === undefined) return { raw_usage: told(get(response, "usageMetadata")) };
  const counts = list(predictions).map((each) => get(each, "embeddings", "statistics"));
  const counted = counts.map((statistics) => ({ embeddings: { statistics } }));
  return { raw_usage: counts.length > 0 ? { predictions: counted } : undefined };
}

/** Of Imagen: the pictures are counted, nothing else is. */
function readImages(response: unknown): Fields {
  return { usage: { images_out: list(get(response, "predictions")).length } };
}

function searches(candidate: unknown): Fields[] {
  const metadata = get(candidate, "groundingMetadata");
  const queries = list(get(metadata, "webSearchQueries")).map(() => "");
  const isOnMap = list(get(metadata, "groundingChunks")).some((chunk) => get(chunk, "maps") !== undefined);
  const kept = known({
    webSearchQueries: queries.length > 0 ? queries : undefined,
    groundingChunks: isOnMap ? [{ maps: {} }] : undefined,
  });
  return told(kept) === undefined ? [] : [{ groundingMetadata: kept }];
}

/** Chunks of generated content. Each has the totals so far; searches may be told by one before the last. */
class ContentStream implements StreamReader {
  hasAnswer = false;
  #last: unknown;
  #searched: unknown[] = [];

  see(chunk: unknown): boolean {
    const candidates = list(get(chunk, "candidates"));
    if (list(get(candidates[0], "content", "parts")).length > 0) this.hasAnswer = true;
    if (candidates.some((candidate) => searches(candidate).length > 0)) this.#searched = candidates;
    if (get(chunk, "usageMetadata") !== undefined) this.#last = chunk;
    return false;
  }

  fields(isWhole: boolean): Fields {
    if (this.#last === undefined) return {};
    const candidates = list(get(this.#last, "candidates"));
    const said = readContent({
      modelVersion: get(this.#last, "modelVersion"),
      responseId: get(this.#last, "responseId"),
      usageMetadata: get(this.#last, "usageMetadata"),
      candidates: this.#searched.length > 0 ? this.#searched : candidates,
    });
    if (isWhole || said.raw_usage === undefined) return said;
    const reasons = candidates.map((each) => known({ finishReason: get(each, "finishReason") }));
    const usageMetadata = get(this.#last, "usageMetadata");
    return {
      ...said,
      raw_usage: { chunks: [{ candidates: reasons.length > 0 ? reasons : [{}], usageMetadata }] },
    };
  }
}

const CONTENT: Operation = {
  api: "generate_content",
  operation: "generate_content",
  read: readContent,
  stream: () => new ContentStream(),
};
const EMBEDDINGS: Operation = { api: "embed_content", operation: "embeddings", read: readEmbeddings };
const IMAGES: Operation = { api: "images", operation: "image_generation", read: readImages };
const OPERATIONS = new Map([
  ["generateContent", CONTENT],
  ["streamGenerateContent", CONTENT],
  ["embedContent", EMBEDDINGS],
  ["batchEmbedContents", EMBEDDINGS],
]);

/** The operation and the model of `models/gemini-2.5-flash:generateContent`; undefined for calls that use nothing. */
function operationOf(path: unknown): [Operation, string] | undefined {
  const [, model, method] = (typeof path === "string" ? PATH.exec(path) : null) ?? [];
  if (model === undefined || method === undefined) return undefined;
  const operation = method === "predict" ? predicting(model) : OPERATIONS.get(method);
  return operation === undefined ? undefined : [operation, model];
}

function predicting(model: string): Operation | undefined {
  if (model.includes("embedding")) return EMBEDDINGS;
  return model.startsWith("imagen") ? IMAGES : undefined;
}

type Inner = { getBaseUrl?: () => string; isVertexAI?: () => boolean };
type HttpResponse = { json: () => Promise<unknown> };

function start(inner: Inner, options: WrapOptions, [request]: unknown[]): Call | undefined {
  const found = operationOf(get(request, "path"));
  if (found === undefined) return undefined;
  const [operation, model] = found;
  const address = inner.getBaseUrl?.() ?? "";
  const provider = options.provider ?? providerOf(address) ?? (inner.isVertexAI?.() ? "vertex" : "google");
  return begin(
    operation,
    { provider, base_url: shownAddress(address), requested_model: model },
    options,
    get(request, "body"),
  );
}

function finishWhole(call: Call, result: unknown): unknown {
  call.httpStatus = 200;
  watchDropped(result as object, call, { hasAnswer: false, see: () => false, fields: () => ({}) });
  watchJson(
    result as HttpResponse,
    (body) => call.returned(body),
    (error) => call.failed(error),
  );
  return result;
}

function finishStream(call: Call, result: unknown): unknown {
  const reader = call.operation.stream?.();
  if (reader === undefined) {
    call.nothingRead();
    return result;
  }
  call.httpStatus = 200;
  const outer: StreamReader = {
    hasAnswer: false,
    see(response) {
      watchJson(response as HttpResponse, (body) => {
        guarded(() => reader.see(body));
        if (reader.hasAnswer) call.tokenCame();
      });
      return false;
    },
    fields: (isWhole) => reader.fields(isWhole),
  };
  const stream = watched(result as AsyncIterator<unknown>, call, outer);
  watchDropped(stream, call, outer);
  return stream;
}

/** Look at the body when the client reads it. */
function watchJson(
  response: HttpResponse,
  look: (body: unknown) => void,
  fail?: (error: unknown) => void,
): void {
  replace(
    response,
    "json",
    (original) =>
      async function () {
        let body: unknown;
        try {
          body = await original.call(response);
        } catch (error) {
          fail?.(error);
          throw error;
        }
        look(body);
        return body;
      },
  );
}

export function matches(client: object): boolean {
  return (
    typeof get(client, "models", "generateContent") === "function" &&
    typeof inner(client).request === "function"
  );
}

function inner(client: object): Record<string, unknown> {
  return (get(client, "apiClient") ?? {}) as Record<string, unknown>;
}

export function instrument(client: object, options: WrapOptions): void {
  const target = inner(client);
  const starting = (args: unknown[]): Call | undefined => start(target, options, args);
  measure(target, "request", starting, finishWhole);
  measure(target, "requestStream", starting, finishStream);
}

export function remove(client: object): void {
  for (const name of ["request", "requestStream"]) restore(inner(client), name);
}
