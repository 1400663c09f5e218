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
  const random = id.replace(WORDS, "").match(/[A-Za-z0-9]/g) ?? [];
  const kinds = [/[0-9]/, /[a-z]/, /[A-Z]/].filter((kind) => random.some((sign) => kind.test(sign)));
  const isUnique = random.length >= MIN_RANDOM && new Set(random).size >= MIN_DIFFERENT && kinds.length > 1;
  return isUnique ? RESPONSE + id : undefined;
}

/** The event id of what may be looked up again and again, and counts once. */
export function lookedUp(kind: string, id: unknown): string {
  return responseEventId(id) ?? `${kind}-${String(id)}`;
}
