/** The words of one row of the price book. */
import type { PriceRow } from "@/api/types";
import { count, quantity, unitPrice } from "@/lib/format";
import { unitLabel } from "@/lib/units";

export function unitOf(row: PriceRow): string {
  return row.is_factor ? "every token price" : unitLabel(row.unit);
}

export function priceOf(row: PriceRow): string {
  return row.is_factor ? `× ${quantity(row.price)}` : unitPrice(row.price, row.per, row.currency);
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function hoursText({ start, end, days }: PriceRow["hours"][number]): string {
  const which = days.length === WEEKDAYS.length ? "" : ` ${days.map((day) => WEEKDAYS[day - 1]).join(" ")}`;
  return `${clock(start)} to ${clock(end)} UTC${which}`;
}

/** What a call must be for the row to hold; nothing for the usual price. */
export function conditionsOf(row: PriceRow): string[] {
  const over =
    row.input_over !== null && `input ${row.input_over_inclusive ? "≥" : ">"} ${count(row.input_over)}`;
  return [
    row.tier && `tier ${row.tier}`,
    row.processing,
    row.speed && `speed ${row.speed}`,
    row.geo && (row.geo === "*" ? "outside the global zone" : `in ${row.geo}`),
    over,
    ...row.facts.split(",").map((fact) => fact.replaceAll("_", " ").replace("=", ": ")),
    ...row.hours.map(hoursText),
  ].filter((word): word is string => Boolean(word));
}
