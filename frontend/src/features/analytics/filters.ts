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

/** What only some of the books know. */
const FURTHER = [
  { value: "line_item", label: "Line item" },
  { value: "user", label: "User" },
  { value: "tag", label: "Tag" },
] as const satisfies readonly { value: NonNullable<TrendQuery["group_by"]>; label: string }[];

export type Dimension = (typeof DIMENSIONS | typeof FURTHER)[number]["value"];
export type Group = "provider" | "model" | "project" | "line_item";
/** A bill knows money alone; what providers count are tokens, and not always calls. */
export type Measure = "cost" | "calls" | "tokens";

/** The books that can be asked for by name. They are never added together. */
export const LEDGERS = [
  { value: "tracked", label: "Tracked" },
  { value: "billed", label: "Billed" },
  { value: "reported", label: "Reported" },
] as const satisfies readonly { value: NonNullable<TrendQuery["ledger"]>; label: string }[];

export type ShownLedger = (typeof LEDGERS)[number]["value"];

/** What each book can be split by; the first is what it is split by unless something else is wanted. */
const BREAKDOWNS: Record<ShownLedger, readonly Dimension[]> = {
  tracked: ["model", "provider", "project", "environment", "api_key", "user", "status", "tag"],
  billed: ["project", "line_item", "model", "api_key", "provider"],
  reported: ["model", "project", "api_key", "user", "provider"],
};

const GROUPS: Record<ShownLedger, readonly Group[]> = {
  tracked: ["provider", "model"],
  billed: ["provider", "model", "project", "line_item"],
  reported: ["model", "provider", "project"],
};

/** The dimension that was asked for, where the book knows it. */
export function dimensionIn(ledger: ShownLedger, by: Dimension | undefined): Dimension {
  return BREAKDOWNS[ledger].find((each) => each === by) ?? BREAKDOWNS[ledger][0] ?? "provider";
}

export function groupIn(ledger: ShownLedger, group: Group | undefined): Group {
  return GROUPS[ledger].find((each) => each === group) ?? GROUPS[ledger][0] ?? "provider";
}

/** In the order of `DIMENSIONS`, as people have come to know it; tags are chosen apart, by name. */
export const dimensionsOf = (ledger: ShownLedger) =>
  [...DIMENSIONS, ...FURTHER]
    .filter(({ value }) => value !== "tag" && BREAKDOWNS[ledger].includes(value))
    .map(({ value }) => ({ value, label: labelOf(value, ledger) }));

export const groupsOf = (ledger: ShownLedger) =>
  GROUPS[ledger].map((value) => ({ value, label: `By ${labelOf(value).toLowerCase()}` }));

export const MEASURES = [
  { value: "cost", label: "Spend" },
  { value: "calls", label: "Calls" },
] as const satisfies readonly { value: Measure; label: string }[];

/** The user of a call of ours is the customer it was for, that of a provider's report a person of the team. */
export function labelOf(dimension: Breakdown["by"], ledger?: Breakdown["ledger"]): string {
  if (dimension === "user" && ledger === "tracked") return "Customer";
  const known = [...DIMENSIONS, ...FURTHER];
  return known.find(({ value }) => value === dimension)?.label ?? dimension;
}

/** What the overview's address may say; what is left out is the default. */
export type OverviewSearch = {
  month?: string;
  day?: string;
  ledger?: ShownLedger;
  group?: Group;
  by?: Dimension;
  tag?: string;
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
  const tag = typeof raw.tag === "string" && raw.tag !== "" ? raw.tag : undefined;
  const by = oneOf([...DIMENSIONS, ...FURTHER], raw.by);
  return compact({
    ...monthAndDay(raw),
    ledger: oneOf(LEDGERS, raw.ledger),
    group: oneOf(groupsOf("billed"), raw.group),
    by: by === "tag" && tag === undefined ? undefined : by,
    tag: by === "tag" ? tag : undefined,
    measure: oneOf(MEASURES, raw.measure),
  });
}

export function monthSearch(raw: Record<string, unknown>): { month?: string } {
  return isMonth(raw.month) ? { month: raw.month } : {};
}

export const CALL_FILTERS = [
  ...DIMENSIONS,
  { value: "user", label: "Customer" },
  { value: "price_state", label: "Price state" },
] as const satisfies readonly { value: string; label: string }[];

export type CallFilter = (typeof CALL_FILTERS)[number]["value"];

/** The filters that know their values; the others take any text. */
export const CHOICES = {
  status: [{ value: "ok" }, { value: "error" }],
  price_state: [{ value: "priced" }, { value: "free" }, { value: "unpriced" }],
} as const;

type Chosen = { [Filter in keyof typeof CHOICES]?: (typeof CHOICES)[Filter][number]["value"] };
type TagFilter = `tag.${string}`;
export type CallsSearch = { month?: string; day?: string } & Chosen &
  Partial<Record<Exclude<CallFilter, keyof Chosen>, string>> &
  Record<TagFilter, string>;

const isTag = (name: string): name is TagFilter => name.startsWith("tag.") && name !== "tag.";

/** The tags that calls are filtered by. */
export const tagFilters = (search: CallsSearch) =>
  Object.keys(search)
    .filter(isTag)
    .map((value) => ({ value, label: value.slice("tag.".length) }));

/** The calls of a row: those of a customer, with a tag's value, or equal in a dimension. */
export function callsOf(by: Dimension, tag: string | null | undefined, key: string): CallsSearch {
  // a customer that is really called (other) has a key that tells it apart
  const value = key.replace(/^\\(?=\\*\(other\)$)/, "");
  return by === "tag" ? { [`tag.${tag ?? ""}`]: value } : { [by]: value };
}

/** Filters keep the empty string: it asks for calls that carry no such value. */
export function callsSearch(raw: Record<string, unknown>): CallsSearch {
  const names = [...CALL_FILTERS.map(({ value }) => value), ...Object.keys(raw).filter(isTag)];
  const filters = names.map((name) => [name, raw[name]] as const);
  return compact({
    ...monthAndDay(raw),
    ...Object.fromEntries(filters.filter(([, value]) => typeof value === "string")),
    status: oneOf(CHOICES.status, raw.status),
    price_state: oneOf(CHOICES.price_state, raw.price_state),
  });
}
