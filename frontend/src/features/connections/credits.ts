import type { Connection, CreditAccount, NewBalance, ProviderGuide } from "@/api/types";
import { instantLabel } from "@/lib/dates";

/** Was it read by eye? The server's word for it. */
export const isTypedIn = ({ source }: Pick<CreditAccount, "source">) => source === "manual";

/** Says from when on a spend is counted, where that is later than the day or month began. */
export function sinceText(since: string | null, span: "day" | "month", now = new Date()): string | null {
  if (since === null) return null;
  const start = span === "day" ? now.toISOString().slice(0, 10) : `${now.toISOString().slice(0, 7)}-01`;
  return Date.parse(since) > Date.parse(`${start}T00:00:00Z`) ? `since ${instantLabel(since)}` : null;
}

/** In the choice of whose balance it is: a provider that is not in the list. */
export const OTHER = "other";

type Choice = { value: string; label: string };

/** Whose balance it may be: a connection, a provider that has none, or another that is named by hand. */
export function holders(connections: readonly Connection[], guides: readonly ProviderGuide[]): Choice[] {
  const connected = new Set(connections.map(({ provider }) => provider));
  const others = new Set(guides.map(({ provider }) => provider).filter((name) => !connected.has(name)));
  return [
    ...connections.map(({ id, label }) => ({ value: `connection/${id}`, label })),
    ...[...others].map((name) => ({ value: `provider/${name}`, label: `${name} (not connected)` })),
    { value: OTHER, label: "Another provider" },
  ];
}

/** What the choice says to the server. */
function holderOf(choice: string, named: string, connections: readonly Connection[]) {
  const [kind, key] = [choice.slice(0, choice.indexOf("/")), choice.slice(choice.indexOf("/") + 1)];
  const connection = kind === "connection" && connections.find(({ id }) => id === key);
  if (connection) return { provider: connection.provider, connection_id: connection.id };
  return { provider: kind === "provider" ? key : named };
}

/** The form as the server takes it. An amount stays text: no float touches it. */
export function newBalance(
  field: (name: string) => string,
  connections: readonly Connection[] = [],
): NewBalance {
  const at = field("at");
  return {
    ...holderOf(field("holder"), field("provider"), connections),
    amount: field("amount"),
    currency: field("currency").toUpperCase(),
    // the browser leaves the seconds out where they are none
    ...(at && { at: at.length === "2026-11-20T08:30".length ? `${at}:00Z` : `${at}Z` }),
    account: field("account"),
    note: field("note"),
  };
}
