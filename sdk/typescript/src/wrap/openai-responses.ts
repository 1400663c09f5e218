/** OpenAI's responses: whole, streamed, and made in the background. */

import type { Fields } from "../events.js";
import { lookedUp } from "../identity.js";
import type { StreamReader } from "./core.js";
import { get, known, list, told } from "./reading.js";

const TERMINAL = new Set(["response.completed", "response.incomplete", "response.failed"]);
const PRICED_TOOLS = ["web_search", "image_generation"];

/**
 * Of a response: its usage, and the tools it called, which are charged for and counted nowhere else.
 *
 * A response that is made in the background is an event once its usage is there, under an id of its own: however often, and from
 * however many programs it is looked up, it counts once.
 */
export function readResponse(response: unknown): Fields | undefined {
  const fields: Fields = {
    model: get(response, "model"),
    provider_response_id: get(response, "id"),
    service_tier: get(response, "service_tier"),
    raw_usage: withTools(response, told(get(response, "usage"))),
  };
  if (get(response, "status") === "failed") {
    Object.assign(fields, { status: "error", error_type: get(response, "error", "code") });
  }
  if (get(response, "background") !== true) return fields;
  return fields.raw_usage === undefined ? undefined : { ...fields, ...inBackground(response) };
}

/** Of a response that is looked up: something only if it was made in the background. */
export function readRetrieved(response: unknown): Fields | undefined {
  return get(response, "background") === true ? readResponse(response) : undefined;
}

function inBackground(response: unknown): Fields {
  const [made, done] = [get(response, "created_at"), get(response, "completed_at")];
  const fields: Fields = {
    event_id: lookedUp("openai-response", get(response, "id")),
    latency_ms: undefined,
  };
  if (typeof made !== "number") return fields;
  fields.occurred_at = new Date(made * 1000).toISOString();
  if (typeof done === "number" && done >= made) fields.latency_ms = (done - made) * 1000;
  return fields;
}

/** The usage object; where tools were used, with their outlines around it: kind, action, container. */
function withTools(response: unknown, usage: Fields | undefined): Fields | undefined {
  const called = list(get(response, "output")).filter(isCall).map(outline);
  const offered = list(get(response, "tools")).flatMap(offer);
  const used = told(get(response, "tool_usage"));
  if (usage === undefined || (called.length === 0 && offered.length === 0 && used === undefined))
    return usage;
  const around = {
    tools: offered.length > 0 ? offered : undefined,
    output: called.length > 0 ? called : undefined,
    tool_usage: used,
    model: get(response, "model"),
  };
  return { object: "response", usage, ...known(around) };
}

function isCall(item: unknown): boolean {
  const kind = get(item, "type");
  return (
    typeof kind === "string" &&
    kind.endsWith("_call") &&
    kind !== "function_call" &&
    kind !== "custom_tool_call"
  );
}

function outline(item: unknown): Fields {
  const action = get(item, "action", "type");
  return known({
    type: get(item, "type"),
    container_id: get(item, "container_id"),
    action: action === undefined ? undefined : { type: action },
  });
}

function offer(tool: unknown): Fields[] {
  const kind = get(tool, "type");
  if (typeof kind !== "string" || !PRICED_TOOLS.some((name) => kind.startsWith(name))) return [];
  const model = get(tool, "model");
  return [typeof model === "string" ? { type: kind, model } : { type: kind }];
}

/** Events of a response. The one that ends it carries all of it. */
export class ResponseStream implements StreamReader {
  hasAnswer = false;
  protected last: unknown;
  #first: unknown;

  see(chunk: unknown): boolean {
    const kind = get(chunk, "type");
    if (typeof kind !== "string") return false;
    if (TERMINAL.has(kind)) {
      this.last = get(chunk, "response");
    } else if (!this.hasAnswer) {
      if (kind === "response.created") this.#first = get(chunk, "response");
      this.hasAnswer = kind.endsWith(".delta");
    }
    return false;
  }

  fields(): Fields | undefined {
    if (this.last !== undefined) return readResponse(this.last);
    if (this.#first === undefined) return {};
    if (get(this.#first, "background") === true) return undefined; // it goes on without us, and is counted when it is looked up
    const about = known({ id: get(this.#first, "id"), model: get(this.#first, "model") });
    return {
      model: about.model,
      provider_response_id: about.id,
      raw_usage: { chunks: [{ type: "response.created", response: about }] },
    };
  }
}

/** The events of a response that runs in the background, listened to once more. */
export class RetrievedStream extends ResponseStream {
  override fields(): Fields | undefined {
    return this.last === undefined ? undefined : readRetrieved(this.last);
  }
}
