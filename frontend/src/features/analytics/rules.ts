import type { Figure, Summary, Trend, TrendPoint } from "@/api/types";
import { OTHER_COLOR, seriesColor } from "@/components/charts/colors";
import type { Column, Series } from "@/components/charts/types";
import { dayLabel, dayShort, hourShort } from "@/lib/dates";
import { count, exactMoney, plural } from "@/lib/format";

import type { Measure } from "./filters";

/** What is left when only the largest groups are shown: no value that a call carries. */
export const OTHER = "(other)";

/** The disjoint kinds of tokens, from the inclusive counts of the wire. What a ledger does not count has no size. */
export function tokenKinds(figure: Figure): (Series & { size: number })[] {
  const read = figure.cache_read_tokens ?? 0;
  const written = figure.cache_write_tokens ?? 0;
  const reasoning = figure.reasoning_tokens ?? 0;
  const kinds: [string, string, number][] = [
    ["fresh", "Fresh input", Math.max((figure.input_tokens ?? 0) - read - written, 0)],
    ["read", "Cache read", read],
    ["write", "Cache write", written],
    ["output", "Output", Math.max((figure.output_tokens ?? 0) - reasoning, 0)],
    ["reasoning", "Reasoning", reasoning],
  ];
  return kinds.map(([key, label, size], index) => ({ key, label, size, color: seriesColor(index) }));
}

export function seriesOf(trend: Trend): Series[] {
  const labels = new Map(
    trend.points.map((point) => [point.key ?? "", point.label ?? point.key ?? "All calls"]),
  );
  // Greys go last, so that the rest stands on the base line.
  const keys = [...labels.keys()].sort((a, b) => Number(a === OTHER) - Number(b === OTHER));
  return keys.map((key, index) => ({
    key,
    label: labels.get(key) || "(none)",
    color: key === OTHER ? OTHER_COLOR : seriesColor(index),
  }));
}

/** A figure as the screen writes it, exact; a bucket in which nothing has a price says so. */
export function measureText(point: Figure, measure: Measure): string {
  return measure === "calls" ? count(point.calls) : exactMoney(point.cost, point.currency);
}

/** Pixels, not money: the only place where an amount becomes a float. */
function height(point: Figure, measure: Measure): number {
  return measure === "calls" ? (point.calls ?? 0) : Number(point.cost ?? 0);
}

/** Did anything happen in it? A bill knows no calls, but its money. */
function isThere(point: Figure): boolean {
  return point.calls === null ? Number(point.cost ?? 0) !== 0 : point.calls > 0;
}

/** Are there calls, and the cost of none is known? Bars of no height would look like a cost of zero. */
export function isUnpriced(totals: Trend): boolean {
  const withCalls = totals.points.filter((point) => (point.calls ?? 0) > 0);
  return withCalls.length > 0 && withCalls.every((point) => point.cost === null);
}

function unpricedNote(total: Figure | undefined): string | null {
  if (!total?.unpriced_calls) return null;
  return `${plural(total.unpriced_calls, "unpriced call")}, in no amount`;
}

function names(start: string, granularity: string): Pick<Column, "tick" | "title"> {
  if (granularity !== "hour") return { tick: dayShort(start), title: dayLabel(start) };
  return { tick: hourShort(start), title: `${dayLabel(start)}, ${hourShort(start)} UTC` };
}

/**
 * The chart's columns. Totals come from the server's own ungrouped answer (`totals`):
 * the browser adds nothing up.
 */
export function columnsOf(
  trend: Trend,
  totals: Trend,
  series: readonly Series[],
  measure: Measure,
): Column[] {
  const byStart = new Map<string, TrendPoint[]>();
  for (const point of trend.points) byStart.set(point.start, [...(byStart.get(point.start) ?? []), point]);
  const wholes = new Map(totals.points.map((point) => [point.start, point]));

  return [...byStart].map(([start, points]) => {
    const byKey = new Map(points.map((point) => [point.key ?? "", point]));
    const whole = wholes.get(start);
    const shown = series.flatMap((item) => {
      const point = byKey.get(item.key);
      return point && isThere(point) ? [{ ...item, point }] : [];
    });
    shown.sort((a, b) => height(b.point, measure) - height(a.point, measure));
    return {
      id: start,
      ...names(start, trend.granularity),
      heights: Object.fromEntries([...byKey].map(([key, point]) => [key, height(point, measure)])),
      rows: shown.map(({ key, label, color, point }) => ({
        key,
        label,
        color,
        text: measureText(point, measure),
      })),
      total: whole ? measureText(whole, measure) : "…",
      note: unpricedNote(whole),
    };
  });
}

const REASONS: Record<string, string> = {
  unknown_model: "the model is in no price book",
  no_price_for_unit: "a unit that was used has no price",
  no_price_for_tier: "the tier that was asked for has no price",
  price_in_other_currency: "its price is not in US dollars",
  usage_missing: "no usage was sent",
};

/** Why a call has no price, as the second half of a sentence. */
export function reasonText(reason: string | null): string {
  if (reason === null) return "the reason was not recorded";
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

/** The month to offer when this one is empty: where the last call was made. */
export function lastMonthWithCalls(summary: Summary): string | null {
  const last = summary.freshness.last_event_at;
  return last !== null && !last.startsWith(summary.month) ? last.slice(0, 7) : null;
}

type Reasons = readonly { reason: string }[];

/** Would naming a known model give some of these calls a price? */
export const mayBeMapped = (reasons: Reasons) => reasons.some(({ reason }) => reason === "unknown_model");

/** Would a price? Where no usage was sent, there is nothing to multiply it with. */
export const mayBePriced = (reasons: Reasons) => reasons.some(({ reason }) => reason !== "usage_missing");
