import type { Summary } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Ago } from "@/components/ui/moment";
import { count, UNKNOWN } from "@/lib/format";

import { Aside, Figure, Tokens } from "./figure-parts";
import { foreignText, lastDay } from "./rules";

/** What a ledger that providers fill knows of the month: money without calls, or calls without money. */
export function ProviderFigures({ summary }: { summary: Summary }) {
  return summary.ledger === "reported" ? <Reported summary={summary} /> : <Billed summary={summary} />;
}

function Billed({ summary: { today, ledger, freshness } }: { summary: Summary }) {
  const { billed_until: until, last_synced_at: synced } = freshness;
  return (
    <>
      <Figure label="Today (UTC)">
        <Amount value={today.cost} currency={today.currency} unknown={UNKNOWN} exact="below" />
        {today.other_currencies.length > 0 && <Aside>and {foreignText(today)}</Aside>}
        {today.cost === null && ledger === "billed" && <Aside>bills come a day or two late</Aside>}
      </Figure>
      {ledger === "billed" && (
        <Figure label="Billed until">
          {until ? lastDay(until) : UNKNOWN}
          <Aside>the newest day on any bill</Aside>
        </Figure>
      )}
      <Figure label="Synced">
        {synced ? <Ago instant={synced} /> : UNKNOWN}
        <Aside>every hour, by itself</Aside>
      </Figure>
    </>
  );
}

function Reported({ summary: { total, today, freshness } }: { summary: Summary }) {
  const { last_synced_at: synced } = freshness;
  return (
    <>
      <Figure label="Calls">
        {count(total.calls)}
        <Aside>as the providers counted them</Aside>
      </Figure>
      <Figure label="Today (UTC)">
        {count(today.calls)}
        <Aside>calls so far</Aside>
      </Figure>
      <Figure label="Synced">
        {synced ? <Ago instant={synced} /> : UNKNOWN}
        <Aside>every hour, by itself</Aside>
      </Figure>
      <Tokens total={total} />
    </>
  );
}
