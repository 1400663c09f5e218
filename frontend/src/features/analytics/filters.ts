import type { Breakdown, TrendQuery } from "@/api/types";
import { isDay, isMonth } from "@/lib/dates";

export const DIMENSIONS = [
  { value: "provider", label: "Provider" },
  { value: "model", label: "Model" },
  { value: "project", label: "Project" },
  { value: "environment", label: "Environment" },
  { value: "api_key", label: "API key" },
  { value: "status", label: "Status" },
] as const satisfies readonly { value: NonNullable<TrendQuery["group_by"]>; label: string }[];

export type Dimension = (typeof DIMENSIONS)[number]["value"];
export type Group = "provider" | "model";
export type Measure = "cost" | "calls";

export const GROUPS = [
  { value: "provider", label: "By provider" },
  { value: "model", label: "By model" },
] as const satisfies readonly { value: Group; label: string }[];

export const MEASURES = [
  { value: "cost", label: "Spend" },
  { value: "calls", label: "Calls" },
] as const satisfies readonly { value: Measure; label: string }[];

export function labelOf(dimension: Breakdown["by"]): string {
  return DIMENSIONS.find(({ value }) => value === dimension)?.label ?? dimension;
}

/** What the overview's address may say; what is left out is the default. */
export type OverviewSearch = {
  month?: string;
  day?: string;
  group?: Group;
  by?: Dimension;
  measure?: Measure;
};

const oneOf = <T extends string>(options: readonly { value: T }[], raw: unknown): T | undefined =>
  options.find(({ value }) => value === raw)?.value;

/** Drops keys without a value, so that the address stays short. */
function compact<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
}

/** A day counts only within the month it is shown with, and then names that month. */
function monthAndDay(raw: Record<string, unknown>): { month?: string; day?: string } {
  const day = isDay(raw.day) ? raw.day : undefined;
  const month = isMonth(raw.month) ? raw.month : day?.slice(0, 7);
  return { month, day: day !== undefined && month !== undefined && day.startsWith(month) ? day : undefined };
}

/** Reads the address; whatever is not understood falls back to the default instead of failing the page. */
export function overviewSearch(raw: Record<string, unknown>): OverviewSearch {
  return compact({
    ...monthAndDay(raw),
    group: oneOf(GROUPS, raw.group),
    by: oneOf(DIMENSIONS, raw.by),
    measure: oneOf(MEASURES, raw.measure),
  });
}

export function monthSearch(raw: Record<string, unknown>): { month?: string } {
  return isMonth(raw.month) ? { month: raw.month } : {};
}

export const CALL_FILTERS = [
  ...DIMENSIONS,
  { value: "price_state", label: "Price state" },
] as const satisfies readonly { value: string; label: string }[];

export type CallFilter = (typeof CALL_FILTERS)[number]["value"];

/** The filters that know their values; the others take any text. */
export const CHOICES = {
  status: [{ value: "ok" }, { value: "error" }],
  price_state: [{ value: "priced" }, { value: "free" }, { value: "unpriced" }],
} as const;

type Chosen = { [Filter in keyof typeof CHOICES]?: (typeof CHOICES)[Filter][number]["value"] };
export type CallsSearch = { month?: string; day?: string } & Chosen &
  Partial<Record<Exclude<CallFilter, keyof Chosen>, string>>;

/** Filters keep the empty string: it asks for calls that carry no such value. */
export function callsSearch(raw: Record<string, unknown>): CallsSearch {
  const filters = CALL_FILTERS.map(({ value }) => [value, raw[value]] as const);
  return compact({
    ...monthAndDay(raw),
    ...Object.fromEntries(filters.filter(([, value]) => typeof value === "string")),
    status: oneOf(CHOICES.status, raw.status),
    price_state: oneOf(CHOICES.price_state, raw.price_state),
  });
}
