import { isDay } from "@/lib/dates";

/** What the address filters by; `first` and `last` are days, both included. */
export type AuditSearch = { actor?: string; action?: string; target?: string; first?: string; last?: string };

export function auditSearch(raw: Record<string, unknown>): AuditSearch {
  const search: AuditSearch = {};
  for (const name of ["actor", "action", "target"] as const) {
    const value = raw[name];
    if (typeof value === "string" && value) search[name] = value;
  }
  for (const name of ["first", "last"] as const) {
    const value = raw[name];
    if (isDay(value)) search[name] = value;
  }
  return search;
}
