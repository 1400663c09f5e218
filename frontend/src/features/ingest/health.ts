import type { IngestPoint, IngestStats } from "@/api/types";
import { OTHER_COLOR, seriesColor } from "@/components/charts/colors";
import type { Column, Series } from "@/components/charts/types";
import { dayLabel, dayShort, hourShort } from "@/lib/dates";
import { count, milliseconds, plural } from "@/lib/format";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far back to look, and in which steps. */
export const SPANS = [
  { value: "day", label: "24 hours", granularity: "hour", buckets: 24 },
  { value: "week", label: "7 days", granularity: "day", buckets: 7 },
  { value: "month", label: "30 days", granularity: "day", buckets: 30 },
] as const;

export type Span = (typeof SPANS)[number]["value"];
export type HealthSearch = { span?: Span };

export function healthSearch(raw: Record<string, unknown>): HealthSearch {
  const found = SPANS.find(({ value }) => value === raw.span);
  return found ? { span: found.value } : {};
}

/** Whole UTC buckets that end with the one under way. */
export function periodOfSpan(span: Span, now: number): { from: string; granularity: "hour" | "day" } {
  const { granularity, buckets } = SPANS.find(({ value }) => value === span) ?? SPANS[1];
  const size = granularity === "hour" ? HOUR_MS : DAY_MS;
  const start = Math.floor(now / size) * size - (buckets - 1) * size;
  return { from: new Date(start).toISOString(), granularity };
}

const OUTCOMES = [
  { key: "stored", label: "Stored", color: seriesColor(0) },
  { key: "duplicates", label: "Sent again", color: OTHER_COLOR },
  { key: "rejected", label: "Rejected", color: seriesColor(3) },
] as const satisfies readonly (Series & { key: keyof IngestPoint })[];

/** The kinds that there are; what never happened takes no line of the legend. */
export function outcomesIn({ totals }: Pick<IngestStats, "totals">): readonly (typeof OUTCOMES)[number][] {
  return OUTCOMES.filter(({ key }) => key === "stored" || totals[key] > 0);
}

export function columnsOf({ points, granularity }: IngestStats): Column[] {
  return points.map((point) => ({
    id: point.start,
    tick: granularity === "hour" ? hourShort(point.start) : dayShort(point.start),
    title:
      granularity === "hour"
        ? `${dayLabel(point.start)}, ${hourShort(point.start)} UTC`
        : dayLabel(point.start),
    heights: { stored: point.stored, duplicates: point.duplicates, rejected: point.rejected },
    rows: OUTCOMES.filter(({ key }) => point[key] > 0).map((outcome) => ({
      ...outcome,
      text: count(point[outcome.key]),
    })),
    total: count(point.received),
    note: point.refused_requests ? plural(point.refused_requests, "request") + " refused whole" : null,
  }));
}

/** A time that may be days long: 840 ms, 2 min 5 s, 3 h 5 min, 45 days. */
export function duration(ms: number | null): string {
  if (ms === null || ms < HOUR_MS) return milliseconds(ms);
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / 60_000)} min`;
  return plural(Math.floor(ms / DAY_MS), "day");
}

type Guide = { what: string; mend: string };

const GUIDES: Record<string, Guide> = {
  missing_field: { what: "A required field is missing", mend: "Send provider and model with every call." },
  unknown_field: {
    what: "A field that no call has",
    mend: "Put fields of your own into tags. Prompts and answers are never accepted: leave them out.",
  },
  invalid_value: {
    what: "A field holds what it cannot hold",
    mend: "The field and what it may hold stand beside each example.",
  },
  occurred_at_in_future: {
    what: "The sender's clock is ahead",
    mend: "Set the clock of the machine that sends. Up to 24 hours ahead are accepted.",
  },
  too_many_tags: { what: "More than 20 tags", mend: "Keep the 20 that matter." },
  not_storable: {
    what: "The database cannot hold it",
    mend: "The example says why; usually a character that is none.",
  },
  not_json: {
    what: "The body is no JSON of calls",
    mend: "Send one call, a list of calls, or an object with events, as JSON.",
  },
  not_decodable: {
    what: "The body cannot be decompressed",
    mend: "Let Content-Encoding name what was really done: gzip, zstd or nothing.",
  },
  body_cut_short: {
    what: "The connection ended before the body did",
    mend: "Usually a timeout or a restart of the sender; sending again is safe.",
  },
  body_too_large: { what: "The body is too large", mend: "Send fewer calls at once, or compress them." },
  too_many_events: { what: "More than 1,000 calls in one body", mend: "Send them in several bodies." },
  unsupported_media_type: {
    what: "Another kind of body",
    mend: "Send the header Content-Type: application/json.",
  },
};

/** What a code means to the one who sends, and what mends it. */
export function guideFor(code: string): Guide {
  return GUIDES[code] ?? { what: code, mend: "What to mend stands beside each example." };
}

/** "12 queue full, 1 too large", most first. */
export function dropsText(dropped: Record<string, number>): string {
  return Object.entries(dropped)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, events]) => `${count(events)} ${reason.replaceAll("_", " ")}`)
    .join(", ");
}

/** Did anything ever arrive, good or bad? */
export function isUntouched({ last_event_at: last, totals }: IngestStats): boolean {
  return last === null && totals.received === 0 && totals.refused_requests === 0;
}
