/** Whom and what calls are for. */

import { isRecord, shown } from "./events.js";
import type { Fields } from "./events.js";
import { debug } from "./log.js";
import { platform, shared } from "./platform/platform.js";
import type { Storage, Values } from "./platform/platform.js";
import type { WaitUntil } from "./settings.js";

export type ContextValues = {
  user?: string | undefined;
  sessionId?: string | undefined;
  traceId?: string | undefined;
  project?: string | undefined;
  environment?: string | undefined;
  tags?: Record<string, unknown> | undefined;
  /** For the calls inside, instead of what `init` was given. */
  waitUntil?: WaitUntil | undefined;
  /** Anything else becomes a tag. */
  [tag: string]: unknown;
};

const FIELDS: Record<string, string> = {
  user: "user",
  sessionId: "session_id",
  session_id: "session_id",
  traceId: "trace_id",
  trace_id: "trace_id",
  project: "project",
  environment: "environment",
};
const NOTHING: Values = Object.freeze({});

/**
 * Run `body` with these values for every call made inside, also after an `await`. The innermost wins, tags are merged.
 *
 * Where a runtime has no AsyncLocalStorage they hold until the first `await` of `body` only; there give them to
 * `wrap(client, { context })`.
 */
export function context<R>(values: ContextValues, body: () => R): R {
  let within: Values;
  try {
    within = merged(current(), values);
  } catch (error) {
    debug("a context could not be read", error);
    return body();
  }
  return storage().run(within, body);
}

/** Fields of an event that hold here, `tags` among them. Never changed in place. */
export function current(): Values {
  return storage().getStore() ?? NOTHING;
}

/** One for both copies of the package, else a context of one would not be seen by the other. */
function storage(): Storage {
  return (shared().storage ??= platform().storage) as Storage;
}

export function merged(outer: Values, values: ContextValues): Values {
  const within: Fields = { ...outer };
  const tags: Fields = { ...(isRecord(outer.tags) ? outer.tags : {}) };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    const field = FIELDS[name];
    if (field !== undefined) within[field] = shown(value);
    else if (name === "waitUntil") within.waitUntil = value;
    else if (name === "tags" && isRecord(value))
      for (const [key, tag] of Object.entries(value)) tags[key] = shown(tag);
    else tags[name] = shown(value);
  }
  if (Object.keys(tags).length > 0) within.tags = tags;
  return within;
}
