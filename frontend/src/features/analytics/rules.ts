import type { Figure, Summary, Trend, TrendPoint } from "@/api/types";
import { OTHER_COLOR, seriesColor } from "@/components/charts/colors";
import type { Column, Series } from "@/components/charts/types";
import { dateLabel, dayLabel, dayShort, hourShort } from "@/lib/dates";
import { count, exactMoney, money, plural, UNKNOWN, UNPRICED } from "@/lib/format";

import { LEDGERS, type Measure, type ShownLedger } from "./filters";

/** What is left when only the largest groups are shown: no value that a call carries. */
export const OTHER = "(other)";

/** The disjoint kinds of tokens, from the inclusive counts of the wire. */
export function tokenKinds(figure: Figure): (Series & { size: number | null })[] {
  const { cache_read_tokens: read, cache_write_tokens: write, reasoning_tokens: reasoning } = figure;
  const kinds: [string, string, number | null][] = [
    ["fresh", "Fresh input", without(figure.input_tokens, read, write)],
    ["read", "Cache read", read],
    ["write", "Cache write", write],
    ["output", "Output", without(figure.output_tokens, reasoning)],
    ["reasoning", "Reasoning", reasoning],
  ];
  return kinds.map(([key, label, size], index) => ({ key, label, size, color: seriesColor(index) }));
}

/** A part that is not known was not told apart: then it is still in the whole. */
function without(whole: number | null, ...parts: (number | null)[]): number | null {
  if (whole === null) return null;
  return Math.max(
    parts.reduce<number>((left, part) => left - (part ?? 0), whole),
    0,
  );
}

/** Input and output, which hold the caches and the reasoning; null where neither was counted. */
export function tokensOf({ input_tokens: input, output_tokens: output }: Figure): number | null {
  return input === null && output === null ? null : (input ?? 0) + (output ?? 0);
}

/** Money in other currencies, which is in no dollar amount: "€3.00 and CN¥12.00". */
export function foreignText({ other_currencies: others }: Pick<Figure, "other_currencies">): string {
  return others.map(({ amount, currency }) => money(amount, currency)).join(" and ");
}

/** The unknown cost of calls is a missing price; of a bill it is a day that was not read. */
export function unknownCost(figure: Figure): string {
  return figure.unpriced_calls === null ? UNKNOWN : UNPRICED;
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
  if (measure === "cost") return exactMoney(point.cost, point.currency, unknownCost(point));
  return count(measure === "calls" ? point.calls : tokensOf(point));
}

/** Pixels, not money: the only place where an amount becomes a float. */
function height(point: Figure, measure: Measure): number {
  if (measure === "tokens") return tokensOf(point) ?? 0;
  return Number((measure === "calls" ? point.calls : point.cost) ?? 0);
}

/** Are there calls, and the cost of none is known? Bars of no height would look like a cost of zero. */
export function isUnpriced(totals: Trend): boolean {
  const withCalls = totals.points.filter((point) => (point.calls ?? 0) > 0);
  return withCalls.length > 0 && withCalls.every((point) => point.cost === null);
}

/** Is there anything to say of this bucket and group? A bill knows no calls. */
function hasFigure(figure: Figure): boolean {
  const { calls, cost, other_currencies: others } = figure;
  if (cost !== null && calls === null) return Number(cost) !== 0 || others.length > 0;
  return (calls ?? tokensOf(figure) ?? 0) > 0 || others.length > 0;
}

function noteOf(total: Figure | undefined): string | null {
  if (total && total.other_currencies.length > 0) return `and ${foreignText(total)}`;
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
      return point && hasFigure(point) ? [{ ...item, point }] : [];
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
      note: noteOf(whole),
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

/** The last day that belongs to a half-open end: "19 Nov 2026". */
export const lastDay = (end: string) => dateLabel(new Date(Date.parse(end) - 1).toISOString());

/** The ledger whose trend and breakdown stand under a month; a balance knows neither. */
export function shownLedger({ ledger }: Pick<Summary, "ledger">): ShownLedger {
  return ledger === "credits" ? "tracked" : ledger;
}

/** The books to choose from: those that know anything of the workspace, and the one that is shown. */
export function ledgersOf(summary: Pick<Summary, "ledger" | "ledgers">) {
  const known = new Set([...summary.ledgers.map(({ ledger }) => ledger), summary.ledger]);
  return LEDGERS.filter(({ value }) => known.has(value));
}

/** Are there a tracked and a billed figure to set side by side? */
export function hasBothSides({ ledgers }: Pick<Summary, "ledgers">): boolean {
  const known = ledgers.map(({ ledger }) => ledger);
  return known.includes("tracked") && known.includes("billed");
}

type Reasons = readonly { reason: string }[];

/** Would naming a known model give some of these calls a price? */
export const mayBeMapped = (reasons: Reasons) => reasons.some(({ reason }) => reason === "unknown_model");

/** Would a price? Where no usage was sent, there is nothing to multiply it with. */
export const mayBePriced = (reasons: Reasons) => reasons.some(({ reason }) => reason !== "usage_missing");
