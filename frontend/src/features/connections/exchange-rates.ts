import type { NewExchangeRate, Summary } from "@/api/types";
import { isDay } from "@/lib/dates";
import { parseDecimal } from "@/lib/decimal";

/** What a rate is known by. */
export type RateDay = Pick<NewExchangeRate, "currency" | "day">;

/** One change of a rate, with what was there before: enough to take it back. Null is no rate. */
export type RateChange = RateDay & { before: string | null; after: string | null };

/** Every rate is in dollars. */
const HOME = "USD";

type Figures = Pick<Summary, "ledgers" | "previous">;

/** The currencies that were billed and that no rate turns into dollars yet, in the order of the alphabet. */
export function foreignCurrencies({ ledgers, previous }: Figures): string[] {
  const amounts = [...ledgers, previous].flatMap((figure) => figure.other_currencies);
  return [...new Set(amounts.map(({ currency }) => currency))].toSorted();
}

export const isForeign = (currency: string) => currency !== HOME;

/** The form as the server takes it. A rate stays text: no float touches it. */
export function newRate(field: (name: string) => string): NewExchangeRate {
  return {
    currency: field("currency").toUpperCase(),
    day: field("day"),
    usd_per_unit: field("usd_per_unit"),
  };
}

export type RateFaults = Partial<Record<keyof NewExchangeRate, string>>;

/** What can be seen to be wrong before the server is asked. */
export function rateFaults({ currency, day, usd_per_unit: rate }: NewExchangeRate): RateFaults {
  return {
    ...(!/^[A-Z]{3}$/.test(currency)
      ? { currency: "must be three letters, like EUR" }
      : !isForeign(currency) && { currency: "must be another than the dollar" }),
    ...(!isDay(day) && { day: "must be a day" }),
    ...(!isPositive(rate) && { usd_per_unit: "must be a number above 0, like 1.0825" }),
  };
}

const isPositive = (text: string) => /^\d+(\.\d+)?$/.test(text) && parseDecimal(text).digits > 0n;
