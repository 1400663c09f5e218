/** What an answer of the server means for the batch that it answers. Pure. */

import { isRecord } from "./events.js";

const AGAIN = new Set([408, 425, 429]);
const LONGEST_WAIT_MS = 60_000;
const LONGEST_TOLD_MS = 600_000;
/** How long nothing is sent after the key was refused: sending on would only be refused again. */
export const PAUSE_MS = 60_000;

/** `taken`, to be sent `again`, `split` in halves, `lost`, or `paused`: lost, and the next ones had better wait. */
export type Fate = "taken" | "again" | "split" | "lost" | "paused";

export type Verdict = {
  fate: Fate;
  /** What a loss is counted under. */
  reason: string;
  /** The events refused one by one, by code. */
  rejected: Map<string, number>;
  waitMs: number | undefined;
};

export function verdict(fate: Fate, reason = "", waitMs?: number): Verdict {
  return { fate, reason, rejected: new Map(), waitMs };
}

export function judge(status: number, header: (name: string) => string | null, body: string): Verdict {
  if (status >= 200 && status < 300) return { ...verdict("taken"), rejected: rejectedIn(body) };
  if (AGAIN.has(status) || status >= 500) {
    return verdict("again", `http_${String(status)}`, retryAfter(header("retry-after")));
  }
  if (status === 413) return verdict("split", "too_large");
  return status === 401 || status === 403
    ? verdict("paused", "unauthorized")
    : verdict("lost", `http_${String(status)}`);
}

/** How many events were refused, by code. What cannot be read refuses none. */
function rejectedIn(body: string): Map<string, number> {
  const counts = new Map<string, number>();
  try {
    const answer: unknown = JSON.parse(body);
    for (const entry of isRecord(answer) && Array.isArray(answer.rejected)
      ? (answer.rejected as unknown[])
      : []) {
      const code = isRecord(entry) && typeof entry.code === "string" ? entry.code.slice(0, 64) : "unknown";
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  } catch {
    return counts;
  }
  return counts;
}

/** The milliseconds that `Retry-After` asks for, said as seconds or as a date; undefined when it says nothing sensible. */
export function retryAfter(told: string | null, now: number = Date.now()): number | undefined {
  if (told === null || told.trim() === "") return undefined;
  const seconds = Number(told);
  const waitMs = Number.isNaN(seconds) ? Date.parse(told) - now : seconds * 1000;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_TOLD_MS) : undefined;
}

/** How long to wait after so many failures in a row: doubled each time, with chance, at least what was told. */
export function backOffMs(failures: number, toldMs: number | undefined): number {
  const grown = Math.min(500 * 2 ** Math.min(failures - 1, 10), LONGEST_WAIT_MS);
  const waitMs = grown * (0.5 + Math.random() / 2);
  return toldMs === undefined ? waitMs : toldMs + waitMs / 10;
}
