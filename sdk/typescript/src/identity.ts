/** The name of a call that another report of it shares (sdk/fixtures/identities.json; the server's app/usage/rules/identity.py). */

const RESPONSE = "response:";
const MAX_LENGTH = 128 - RESPONSE.length;
// Words before the random part: `chatcmpl-`, `msg_bdrk_`
const WORDS = /^(?:[a-z]+[-_])+/;
const ALLOWED = /^[A-Za-z0-9._:+/=-]+$/;
const MIN_RANDOM = 16;
const MIN_DIFFERENT = 8;

/**
 * The event id of the call that got this response; undefined where the id is not unique in the world, as Ollama's `chatcmpl-123`.
 *
 * Without the words before it: at least 16 letters and digits, 8 of them different, and neither only digits (a counter, a time)
 * nor only small letters (words).
 */
export function responseEventId(id: unknown): string | undefined {
  if (typeof id !== "string" || id.length > MAX_LENGTH || !ALLOWED.test(id)) return undefined;
  return isUnique(id, WORDS.exec(id)?.[0].length ?? 0) ? RESPONSE + id : undefined;
}

/** Sign by sign, for every call asks this. */
function isUnique(id: string, start: number): boolean {
  const seen = new Set<number>();
  let [count, digits, small, large] = [0, 0, 0, 0];
  for (let at = start; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    if (code >= 48 && code <= 57) digits = 1;
    else if (code >= 97 && code <= 122) small = 1;
    else if (code >= 65 && code <= 90) large = 1;
    else continue;
    count += 1;
    if (seen.size < MIN_DIFFERENT) seen.add(code);
  }
  return count >= MIN_RANDOM && seen.size >= MIN_DIFFERENT && digits + small + large > 1;
}

/** The event id of what may be looked up again and again, and counts once. */
export function lookedUp(kind: string, id: unknown): string {
  return responseEventId(id) ?? `${kind}-${String(id)}`;
}
