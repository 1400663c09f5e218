import type { Budget, NewBudget, Threshold } from "@/api/types";
import type { BadgeTone } from "@/components/ui/badge";
import { dateLabel, periodLabel, shiftDay } from "@/lib/dates";
import { compareDecimals, parseDecimal } from "@/lib/decimal";
import { money } from "@/lib/format";

import { filterOf, type Condition } from "./filtering";

type Limit = Budget["limit"];

export const PERIODS: readonly { value: Budget["period"]; label: string }[] = [
  { value: "month", label: "Every month" },
  { value: "week", label: "Every week, from Monday" },
  { value: "day", label: "Every day" },
  { value: "custom", label: "From one day to another" },
];

export const LIMITS: readonly { value: Limit; label: string; hint: string }[] = [
  { value: "none", label: "None: tell us", hint: "Thresholds tell you; no call is held back." },
  {
    value: "strict",
    label: "Strict: never above",
    hint: "A call may be made only if all it may cost at most still fits, so what reserved calls spend never goes above the amount.",
  },
  {
    value: "bounded",
    label: "Bounded: use it up",
    hint: "Calls may be made while anything is left, so at most the last one admitted goes above the amount, by less than its own cost.",
  },
];

export const UNAVAILABLE: readonly { value: Budget["on_unavailable"]; label: string; hint: string }[] = [
  { value: "open", label: "Call all the same", hint: "Work goes on; the amount may be passed meanwhile." },
  { value: "closed", label: "Do not call", hint: "Nothing is spent unseen; work stops meanwhile." },
];

export const DEFAULT_THRESHOLDS: readonly Threshold[] = [
  { percent: 80, of: "actual" },
  { percent: 100, of: "actual" },
  { percent: 100, of: "forecast" },
];

/** Has the figure come up to the other? Not known is no. */
export const reaches = (figure: string | null, other: string): boolean =>
  figure !== null && compareDecimals(parseDecimal(figure), parseDecimal(other)) >= 0;

export const isNegative = (amount: string | null) => amount?.startsWith("-") ?? false;

export type Standing = { label: string; tone: BadgeTone };

/** Does the budget refuse calls now? */
export const isExhausted = ({ limit, current }: Budget) =>
  limit !== "none" && current.remaining !== null && reaches("0", current.remaining);

/** The worst that is to be said of a budget now. */
export function standing(budget: Budget): Standing {
  const { current, amount } = budget;
  if (isExhausted(budget)) return { label: "limit reached", tone: "bad" };
  if (current.spent === null) return { label: "no bill yet", tone: "plain" };
  if (reaches(current.spent, amount)) return { label: "over budget", tone: "bad" };
  const actual = highest(budget, "actual");
  if (actual !== null) return { label: `${actual} % passed`, tone: "warn" };
  const forecast = highest(budget, "forecast");
  if (forecast !== null) return { label: `${forecast} % forecast`, tone: "warn" };
  return { label: "within budget", tone: "accent" };
}

function highest({ current }: Budget, of: Threshold["of"]): number | null {
  const percents = current.fired.filter((fired) => fired.of === of).map(({ percent }) => percent);
  return percents.length > 0 ? Math.max(...percents) : null;
}

/** Those of whom something is to be said, the worst first. */
export function troubled(budgets: readonly Budget[]): Budget[] {
  const rank = (budget: Budget) => ["bad", "warn"].indexOf(standing(budget).tone);
  return budgets.filter((budget) => rank(budget) >= 0).sort((a, b) => rank(a) - rank(b));
}

/** What a banner says of a budget: a headline, and what follows from it. */
export function trouble(budget: Budget): { title: string; text: string } {
  const { name, amount, current } = budget;
  const next =
    budget.period === "custom"
      ? `Its last day is ${dateLabel(shiftDay(current.end.slice(0, 10), -1))}`
      : `It begins anew on ${dateLabel(current.end)}`;
  const spent = `${money(current.spent, budget.currency, "Nothing known")} of ${money(amount, budget.currency)}`;
  if (isExhausted(budget)) {
    return {
      title: `“${name}” has reached its limit`,
      text: `${spent}${reserved(budget)}. Programs that ask are refused. ${next}; or raise the amount.`,
    };
  }
  if (reaches(current.spent, amount)) {
    return { title: `“${name}” is over budget`, text: `${spent} spent. ${next}.` };
  }
  const actual = highest(budget, "actual");
  if (actual !== null) {
    return { title: `“${name}” has passed ${actual} %`, text: `${spent} spent. ${next}.` };
  }
  const projected =
    current.projected_end === null ? "" : `: ${money(current.projected_end, budget.currency)}`;
  return {
    title: `“${name}” is forecast to pass ${highest(budget, "forecast") ?? 100} %`,
    text: `${spent} spent so far; by the forecast it is more at the end${projected}. ${next}.`,
  };
}

const reserved = ({ current, currency }: Budget) =>
  reaches("0", current.reserved) ? " spent" : ` spent, ${money(current.reserved, currency)} reserved`;

/** The one that the month is held to, where there is one; else the one of which most is used. */
export function mainBudget(budgets: readonly Budget[], ofMonth: string | null): Budget | null {
  const used = ({ current }: Budget) => parseDecimal(current.used_percent ?? "0");
  const [fullest] = [...budgets].sort((a, b) => compareDecimals(used(b), used(a)));
  return budgets.find(({ id }) => id === ofMonth) ?? fullest ?? null;
}

const PERIOD_WORDS = { month: "each month", week: "each week", day: "each day" } as const;

export const periodText = ({ period, start, end }: Pick<Budget, "period" | "start" | "end">) =>
  period === "custom" ? periodLabel(start, end) : PERIOD_WORDS[period];

export const thresholdText = ({ percent, of }: Threshold) =>
  of === "actual" ? `${percent} % spent` : `${percent} % forecast`;

export const sameThreshold = (a: Threshold, b: Threshold) => a.percent === b.percent && a.of === b.of;

/** What the form holds beside its plain fields. */
export type Choices = {
  ledger: Budget["ledger"];
  period: Budget["period"];
  limit: Limit;
  onUnavailable: Budget["on_unavailable"];
  conditions: readonly Condition[];
  thresholds: readonly Threshold[];
};

/** The terms for the server: a person names the last day that still counts, it wants the day after. */
export function newBudget(field: (name: string) => string, choices: Choices): NewBudget {
  const isCustom = choices.period === "custom";
  const [start, last] = [field("start"), field("last")];
  return {
    name: field("name"),
    ledger: choices.ledger,
    filter: filterOf(choices.conditions),
    period: choices.period,
    ...(isCustom && start && { start }),
    ...(isCustom && last && { end: shiftDay(last, 1) }),
    amount: field("amount").replaceAll(",", ""),
    currency: "USD",
    thresholds: [...choices.thresholds],
    limit: choices.ledger === "billed" ? "none" : choices.limit,
    on_unavailable: choices.onUnavailable,
  };
}
