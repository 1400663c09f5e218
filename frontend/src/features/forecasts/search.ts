import { isMonth } from "@/lib/dates";

import type { Ledger } from "./api";

export type ForecastSearch = { month?: string; ledger?: Ledger };

export function forecastSearch(raw: Record<string, unknown>): ForecastSearch {
  return {
    ...(isMonth(raw.month) && { month: raw.month }),
    ...(raw.ledger === "billed" && { ledger: "billed" as const }),
  };
}
