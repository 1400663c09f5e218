/** What a change of a budget changed, in words. The terms come as the API names them, but for the filter's tag. */
import type { BudgetChange, BudgetFilter, Threshold } from "@/api/types";
import { money } from "@/lib/format";

import { filterText } from "./filtering";
import { thresholdText } from "./rules";

export type Difference = { label: string; before: string | null; after: string | null };
type Terms = NonNullable<BudgetChange["before"]>;

const FIELDS = [
  ["name", "Name"],
  ["amount", "Amount"],
  ["period", "Period"],
  ["start", "First day"],
  ["end", "Ends before"],
  ["ledger", "Ledger"],
  ["filter", "Counts"],
  ["thresholds", "Thresholds"],
  ["limit", "Limit"],
  ["on_unavailable", "When nobody can be asked"],
] as const;

const NO_FILTER: BudgetFilter = {
  provider: null,
  model: null,
  project: null,
  environment: null,
  api_key_id: null,
  user: null,
  tag: null,
};

/** The stored tag is a pair: the tag as sums name it (`user`, or `tag.NAME`), and the value. */
function readFilter(stored: Record<string, unknown>): BudgetFilter {
  const { tag, ...dimensions } = stored;
  const filter = { ...NO_FILTER, ...dimensions };
  if (!Array.isArray(tag)) return filter;
  const [name, value] = tag.map(String);
  if (name === "user") return { ...filter, user: value ?? "" };
  return { ...filter, tag: { name: (name ?? "").replace(/^tag\./, ""), value: value ?? "" } };
}

function wordOf(field: string, terms: Terms | null, keyNames: ReadonlyMap<string, string>): string | null {
  const value = terms?.[field];
  if (value === null || value === undefined) return null;
  if (field === "filter") return filterText(readFilter(value as Record<string, unknown>), keyNames);
  if (field === "thresholds") return (value as Threshold[]).map(thresholdText).join(", ") || "none";
  if (field === "amount") return money(value as string);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Every term of a new budget, the changed ones of a change, and nothing of a deletion. */
export function differences(
  { before, after }: Pick<BudgetChange, "before" | "after">,
  keyNames: ReadonlyMap<string, string>,
): Difference[] {
  if (after === null) return [];
  return FIELDS.map(([field, label]) => ({
    label,
    before: wordOf(field, before, keyNames),
    after: wordOf(field, after, keyNames),
  })).filter((each) => each.before !== each.after);
}
