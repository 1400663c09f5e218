/** The words of an explanation: how its lines, sources and conditions are said. */
import type { Explanation, ExplanationLine } from "@/api/types";
import { dateLabel, periodLabel } from "@/lib/dates";
import { points, quantity, unitPrice } from "@/lib/format";

/** The lines by sub-request, the call itself first, in the order in which they came. */
export function rolesOf({ lines }: Explanation): { role: string; lines: ExplanationLine[] }[] {
  const roles = [...new Set(lines.map(({ role }) => role))];
  roles.sort((a, b) => Number(b === "") - Number(a === ""));
  return roles.map((role) => ({ role, lines: lines.filter((line) => line.role === role) }));
}

/** "1,200 × $0.15 per 1M" */
export function arithmetic({ quantity: used, price, per }: ExplanationLine): string {
  return `${quantity(used)} × ${unitPrice(price, per)}`;
}

/** What the workspace's own price says of a line; null where it has none. */
export function ownText({ own }: ExplanationLine): string | null {
  if (own === null) return null;
  if (own.price !== null) return `Your own rate: ${unitPrice(own.price, own.per ?? 1)}`;
  return `Your discount: ${points(own.percent)} off`;
}

/** When the price was read, from when to when it holds, and what it is of, where that is not what the call is. */
export function datesText(line: ExplanationLine, pricedAs: string | null): string {
  const { checked, effective_from: from, effective_to: to } = line;
  return [
    checked && `checked ${dateLabel(checked)}`,
    (from ?? to) && `holds ${periodLabel(from, to)}`,
    line.role === "" && line.priced_as !== pricedAs && line.priced_as && `priced as ${line.priced_as}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Has the book no price for the line, so that the workspace's own rate stands alone? */
export const isOwnAlone = ({ source }: ExplanationLine) => source.startsWith("own:");

const CAPACITIES: Record<string, string> = {
  provisioned: "provisioned capacity, free at the margin",
  subscription: "subscription, free at the margin",
};

/** How the call is paid for, where that is not by the call; null on demand. */
export function capacityText(capacity: string | null): string | null {
  return capacity ? (CAPACITIES[capacity] ?? capacity) : null;
}

const FREE: Record<string, string> = {
  zero_price: "its price is zero",
  capacity: "its capacity is paid for otherwise",
  parent: "the calls inside it carry the cost",
  reported_zero: "the provider says that it charged nothing",
};

/** Why a call costs nothing, as the second half of a sentence. */
export function freeText(reason: string): string {
  return FREE[reason] ?? reason.replaceAll("_", " ");
}
