import type { Summary } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Ago } from "@/components/ui/moment";
import { Aside, Figure, SHEET } from "@/components/ui/figure";
import { cx } from "@/lib/cx";
import { monthLabel } from "@/lib/dates";
import { count, UNKNOWN } from "@/lib/format";

import { Tokens } from "./figure-parts";
import { foreignText, lastDay, tokensOf } from "./rules";

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

/** What the providers counted, which has no price: the bill has. */
export function Counted({ summary: { month, ledger, total } }: { summary: Summary }) {
  return (
    <div className={cx(SHEET, "p-4 sm:p-5")}>
      <div className="flex items-center justify-between gap-2">
        <h2 className="eyebrow">Tokens in {monthLabel(month)}</h2>
        <Badge title="The ledger this figure comes from: what the providers counted">{ledger}</Badge>
      </div>
      <p className="mt-2.5 text-[2rem] leading-none font-semibold tracking-tight">{count(tokensOf(total))}</p>
      <p className="mt-2.5 text-[0.87rem] text-ink-faint">
        {count(total.input_tokens)} in, {count(total.output_tokens)} out, as the providers counted them.
      </p>
    </div>
  );
}

function Reported({ summary: { total, today, freshness } }: { summary: Summary }) {
  const { last_synced_at: synced } = freshness;
  return (
    <>
      <Figure label="Calls">
        {count(total.calls)}
        <Aside>
          {total.calls === null ? "not every provider counts them" : "as the providers counted them"}
        </Aside>
      </Figure>
      <Figure label="Today (UTC)">
        {count(tokensOf(today))}
        <Aside>tokens so far</Aside>
      </Figure>
      <Figure label="Synced">
        {synced ? <Ago instant={synced} /> : UNKNOWN}
        <Aside>every hour, by itself</Aside>
      </Figure>
      <Tokens total={total} />
    </>
  );
}
