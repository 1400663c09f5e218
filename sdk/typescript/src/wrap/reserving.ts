/** Before a call is made: what it may cost at most is held of its budgets, or it is not made. */

import type { Fields } from "../events.js";
import { guarded } from "./core.js";
import type { Call } from "./core.js";
import { get, known } from "./reading.js";
import { sizeOf } from "./sizes.js";
import type { Size } from "./sizes.js";

/** Calls that are paid by the token, and whether their answers are, too. */
const BY_TOKEN = new Map([
  ["chat", true],
  ["text_completion", true],
  ["generate_content", true],
  ["embeddings", false],
]);
/** What makes a call dearer than the list price, where its request says so. What makes it cheaper is left out. */
const DEARER: [string, string][] = [
  ["service_tier", "priority"],
  ["speed", "fast"],
];

/** Wait for the answer. Rejects with BudgetExceeded or BudgetUnavailable: the call must not be made. */
export async function reserve(call: Call): Promise<void> {
  const question = guarded(() => about(call)) ?? {};
  const size = guarded(() => sizeOfCall(call));
  try {
    call.reserved(await call.client.gate.ask({ ...question, ...size }));
  } catch (refusal) {
    call.refused();
    throw refusal;
  }
}

/** What the call is for, and whose it is. */
function about(call: Call): Fields {
  const fields = call.client.about(call.fields, call.within);
  const dearer = DEARER.filter(([name, value]) => get(call.body, name) === value);
  const place = get(call.body, "inference_geo");
  return known({
    provider: fields.provider,
    model: fields.requested_model,
    project: fields.project,
    environment: fields.environment,
    user: fields.user,
    tags: fields.tags,
    ...Object.fromEntries(dearer),
    geo: typeof place === "string" ? place : undefined,
  });
}

function sizeOfCall(call: Call): Size | undefined {
  const hasAnswer = BY_TOKEN.get(call.operation.operation);
  if (hasAnswer === undefined) return undefined;
  return sizeOf(call.body, hasAnswer ? call.client.settings.budgetOutputTokens : undefined);
}
