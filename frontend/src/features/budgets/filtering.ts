/** Which calls a budget counts, as a list of conditions that a person can read and change. */
import type { BudgetFilter, NewBudget } from "@/api/types";

export type FilterIn = NonNullable<NewBudget["filter"]>;
export type Dimension = "provider" | "model" | "project" | "environment" | "api_key_id" | "user" | "tag";
/** What the breakdown calls them. */
export type Suggested = "provider" | "model" | "project" | "environment" | "user" | "tag";
/** `tag` names the tag where the dimension is one. */
export type Condition = { dimension: Dimension; value: string; tag?: string };

export const DIMENSIONS: readonly { value: Dimension; label: string }[] = [
  { value: "project", label: "Project" },
  { value: "environment", label: "Environment" },
  { value: "provider", label: "Provider" },
  { value: "model", label: "Model" },
  { value: "api_key_id", label: "API key" },
  { value: "user", label: "Customer" },
  { value: "tag", label: "Tag" },
];
const ON_BILLS: readonly Dimension[] = ["project", "provider", "model"];
const LISTS = ["provider", "model", "project", "environment", "api_key_id"] as const;

/** What the server writes for a value that a call does not name. */
export const NONE = "(none)";

/** A bill knows provider, model and project only. */
export const dimensionsOn = (ledger: NewBudget["ledger"]) =>
  DIMENSIONS.filter(({ value }) => ledger === "tracked" || ON_BILLS.includes(value));

export const standsAlone = ({ dimension }: Condition) => dimension === "user" || dimension === "tag";

/** One more; a customer or a tag stands alone, since no sum holds it beside another dimension. */
export function withCondition(conditions: readonly Condition[], added: Condition): Condition[] {
  if (standsAlone(added)) return [added];
  const isThere = conditions.some((each) => each.dimension === added.dimension && each.value === added.value);
  return isThere ? [...conditions] : [...conditions.filter((each) => !standsAlone(each)), added];
}

export function conditionsOf(filter: BudgetFilter): Condition[] {
  if (filter.user !== null) return [{ dimension: "user", value: filter.user }];
  if (filter.tag !== null) return [{ dimension: "tag", tag: filter.tag.name, value: filter.tag.value }];
  return LISTS.flatMap((dimension) => (filter[dimension] ?? []).map((value) => ({ dimension, value })));
}

export function filterOf(conditions: readonly Condition[]): FilterIn {
  const filter: FilterIn = {};
  for (const { dimension, value, tag } of conditions) {
    if (dimension === "user") filter.user = value;
    else if (dimension === "tag") filter.tag = { name: tag ?? "", value };
    else filter[dimension] = [...(filter[dimension] ?? []), value];
  }
  return filter;
}

const LABELS = new Map(DIMENSIONS.map(({ value, label }) => [value, label]));

export function conditionText({ dimension, value, tag }: Condition, keyNames: ReadonlyMap<string, string>) {
  const label = dimension === "tag" ? `Tag ${tag ?? ""}` : (LABELS.get(dimension) ?? dimension);
  const name = dimension === "api_key_id" ? (keyNames.get(value) ?? `${value.slice(0, 8)}…`) : value;
  return `${label}: ${name || NONE}`;
}

/** "Project: support or search · Environment: production", or "Every call". */
export function filterText(filter: BudgetFilter, keyNames: ReadonlyMap<string, string>): string {
  const conditions = conditionsOf(filter);
  if (conditions.length === 0) return "Every call";
  const words = new Map<string, string>();
  for (const condition of conditions) {
    const text = conditionText(condition, keyNames);
    const before = words.get(condition.dimension);
    words.set(condition.dimension, before ? `${before} or ${text.slice(text.indexOf(": ") + 2)}` : text);
  }
  return [...words.values()].join(" · ");
}
