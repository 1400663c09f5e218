/** Reading what a vendor answered without trusting its shape. */

import { isRecord } from "../events.js";
import type { Fields } from "../events.js";

/** A field of an object; undefined where there is none. */
export function get(holder: unknown, ...path: (string | number)[]): unknown {
  let found: unknown = holder;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[name];
  }
  return found ?? undefined;
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The object, if it is one that says something. */
export function told(value: unknown): Fields | undefined {
  return isRecord(value) && Object.keys(value).length > 0 ? value : undefined;
}

/** Without what is undefined. */
export function known(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
