import { ArrowDownRight, ArrowUpRight, Minus } from "lucide-react";

import type { Ledger, Summary } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { SHEET } from "@/components/ui/figure";
import { cx } from "@/lib/cx";
import { currentMonth, monthLabel, monthName, shiftMonth } from "@/lib/dates";
import { exactMoney, money, percent, plural } from "@/lib/format";

import { foreignText, unknownCost } from "./rules";

const SOURCES: Record<Ledger, string> = {
  tracked: "calls pushed to TokenBoard, priced by its price book",
  billed: "what the providers charge, as their bills say",
  reported: "what the providers counted; they price none of it",
  credits: "what went from prepaid balances",
};

/** The month's money from one ledger, which it names. */
export function Spend({ summary }: { summary: Summary }) {
  const { total } = summary;
  return (
    <div className={cx(SHEET, "flex flex-col p-4 sm:p-5")}>
      <div className="flex items-center justify-between gap-2">
        <h2 className="eyebrow">Spend in {monthLabel(summary.month)}</h2>
        <Badge title={`The ledger this figure comes from: ${SOURCES[summary.ledger]}`}>
          {summary.ledger}
        </Badge>
      </div>
      <p className="mt-2.5">
        <span
          data-testid="spend"
          className="total-rule text-[2.3rem] leading-none sm:text-[2.6rem] font-semibold tracking-tight"
        >
          <Amount value={total.cost} currency={total.currency} exact="hover" unknown={unknownCost(total)} />
        </span>
      </p>
      <ExactSpend summary={summary} />
      <div className="mt-auto pt-4">
        <Change summary={summary} />
      </div>
    </div>
  );
}

function ExactSpend({ summary }: { summary: Summary }) {
  const { total } = summary;
  return (
    <p className="mt-2.5 text-[0.87rem] text-ink-faint">
      {total.cost === null ? (
        total.calls === null ? (
          "Not known: no bill of this month was read."
        ) : (
          "None of the calls has a price."
        )
      ) : (
        <>
          exactly{" "}
          <span data-testid="exact-spend" className="font-mono break-all text-ink-soft">
            {exactMoney(total.cost, total.currency)}
          </span>
          {!!total.unpriced_calls && <> without {plural(total.unpriced_calls, "unpriced call")}</>}
        </>
      )}
      <Foreign summary={summary} />
    </p>
  );
}

/** Other money stands apart, unless the workspace entered a rate for it; then the sum says what it took in. */
function Foreign({ summary: { total, converted, flagged } }: { summary: Summary }) {
  return (
    <>
      {total.other_currencies.length > 0 && (
        <span className="block font-medium text-ink-soft">and {foreignText(total)}, apart</span>
      )}
      {converted.map(({ currency, amount, cost }) => (
        <span key={currency} className="block">
          with {money(amount, currency)}, {money(cost)} at the rates you entered
        </span>
      ))}
      {flagged && flagged.rows > 0 && (
        <span className="block">
          with {plural(flagged.rows, "line")}
          {flagged.amount !== null && <> ({money(flagged.amount)})</>} that the provider no longer shows
        </span>
      )}
    </>
  );
}

function Change({ summary }: { summary: Summary }) {
  const { change, previous, month } = summary;
  const before = shiftMonth(month, -1);
  const span = month === currentMonth() ? `the same days of ${monthName(before)}` : monthLabel(before);
  if (change.cost === null) {
    return <p className="text-[0.9rem] text-ink-faint">Nothing to compare with in {span}.</p>;
  }
  const rise = !change.cost.startsWith("-");
  const flat = Number(change.cost) === 0;
  const Icon = flat ? Minus : rise ? ArrowUpRight : ArrowDownRight;
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-[0.9rem] text-ink-soft">
      <span
        className={cx(
          "inline-flex items-center gap-1 font-semibold",
          flat ? "" : rise ? "text-warn" : "text-good",
        )}
      >
        <Icon aria-hidden="true" className="size-4" />
        {percent(change.cost, { signed: true })}
      </span>
      <span>
        against {span} (<Amount value={previous.cost} currency={previous.currency} />)
      </span>
    </p>
  );
}
