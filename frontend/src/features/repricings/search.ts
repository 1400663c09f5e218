import { isDay } from "@/lib/dates";

/** What the address may fill in: the days of a period, the last one included, and filters. */
export type RepricingSearch = {
  id?: string;
  first?: string;
  last?: string;
  provider?: string;
  model?: string;
  unpriced?: "yes";
};

export function repricingSearch(raw: Record<string, unknown>): RepricingSearch {
  const search: RepricingSearch = {};
  for (const name of ["id", "provider", "model"] as const) {
    const value = raw[name];
    if (typeof value === "string" && value) search[name] = value;
  }
  for (const name of ["first", "last"] as const) {
    const value = raw[name];
    // empty is an open end, which is another thing than the default
    if (value === "" || isDay(value)) search[name] = value;
  }
  if (raw.unpriced === "yes") search.unpriced = "yes";
  return search;
}
