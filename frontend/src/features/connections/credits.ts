import type { CreditAccount, NewBalance } from "@/api/types";
import { instantLabel } from "@/lib/dates";

/** Was it read by eye? The server's word for it. */
export const isTypedIn = ({ source }: Pick<CreditAccount, "source">) => source === "manual";

/** Says from when on a spend is counted, where that is later than the day or month began. */
export function sinceText(since: string | null, span: "day" | "month", now = new Date()): string | null {
  if (since === null) return null;
  const start = span === "day" ? now.toISOString().slice(0, 10) : `${now.toISOString().slice(0, 7)}-01`;
  return Date.parse(since) > Date.parse(`${start}T00:00:00Z`) ? `since ${instantLabel(since)}` : null;
}

/** The form as the server takes it. An amount stays text: no float touches it. */
export function newBalance(field: (name: string) => string): NewBalance {
  return {
    provider: field("provider"),
    amount: field("amount"),
    currency: field("currency").toUpperCase(),
    account: field("account"),
    note: field("note"),
  };
}
