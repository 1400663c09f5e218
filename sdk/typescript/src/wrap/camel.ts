/** Clients that rename what the wire says: names in camelCase, back as they came. */

import { isRecord } from "../events.js";
import type { Fields } from "../events.js";

/** The object as it was on the wire; undefined if it says nothing. */
export function wire(value: unknown): Fields | undefined {
  if (!isRecord(value)) return undefined;
  const fields = renamed(value) as Fields;
  return Object.keys(fields).length > 0 ? fields : undefined;
}

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isRecord(value)) return value;
  const named = Object.entries(whole(value)).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(named.map(([name, item]) => [snake(name), renamed(item)]));
}

/** With the fields that a release does not know: those it keeps apart. */
function whole({ additionalProperties: apart, ...known }: Fields): Fields {
  return isRecord(apart) ? { ...known, ...apart } : known;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
