import type { ReactNode } from "react";

import type { Budget } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { dateLabel, periodLabel } from "@/lib/dates";
import { money, plural, points, UNKNOWN } from "@/lib/format";

import { filterText } from "./filtering";
import { isNegative, LIMITS, periodText, reaches, standing, trouble } from "./rules";
import { ThresholdStates } from "./threshold-states";
import { UsedBar } from "./used-bar";

type Props = { budget: Budget; keyNames: ReadonlyMap<string, string>; actions: ReactNode };

/** One budget, where it stands in its period, and what was told of it. */
export function BudgetCard({ budget, keyNames, actions }: Props) {
  const { name, currency, amount, current, ledger } = budget;
  const { label, tone } = standing(budget);
  return (
    <Card
      title={name}
      hint={`${money(amount, currency)} ${periodText(budget)} · ${ledger} · ${filterText(budget.filter, keyNames)}`}
      actions={<Badge tone={tone}>{label}</Badge>}
    >
      <div className="grid gap-4">
        {(tone === "bad" || tone === "warn") && (
          <Notice tone={tone} title={trouble(budget).title}>
            {trouble(budget).text}
          </Notice>
        )}
        <div className="grid gap-1.5">
          <p className="flex flex-wrap justify-between gap-x-4 text-[0.9rem] text-ink-soft">
            <span>
              {current.used_percent === null ? "Not billed yet" : `${points(current.used_percent)} used`}
            </span>
            <span>{periodLabel(current.start, current.end)}</span>
          </p>
          <UsedBar budget={budget} />
        </div>
        <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
          <Figure label={ledger === "billed" ? "Billed" : "Spent"} value={current.spent} currency={currency}>
            <Unpriced budget={budget} />
          </Figure>
          <Figure label="Reserved" value={current.reserved} currency={currency} />
          <Figure
            label={isNegative(current.remaining) ? "Over by" : "Remaining"}
            value={current.remaining?.replace(/^-/, "") ?? null}
            currency={currency}
          />
          <Figure label="Expected at the end" value={current.projected_end} currency={currency}>
            {projectionText(budget)}
          </Figure>
        </dl>
        <Caveats budget={budget} />
        <ThresholdStates budget={budget} />
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line pt-3">
          <p className="text-[0.87rem] text-ink-faint">{limitText(budget)}</p>
          <div className="flex flex-wrap gap-1">{actions}</div>
        </div>
      </div>
    </Card>
  );
}

type FigureProps = { label: string; value: string | null; currency: string; children?: ReactNode };

function Figure({ label, value, currency, children }: FigureProps) {
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{label}</dt>
      <dd className="mt-0.5 text-[1.1rem] font-semibold">
        <Amount value={value} currency={currency} unknown={UNKNOWN} />
        {children && <span className="block text-[0.84rem] font-normal text-ink-faint">{children}</span>}
      </dd>
    </div>
  );
}

function Unpriced({ budget: { current } }: { budget: Budget }) {
  if (!current.unpriced_calls) return null;
  return <span className="text-warn">and {plural(current.unpriced_calls, "call")} without a price</span>;
}

/** How sure the projection is, and on which day it passes the amount. */
function projectionText({ current, currency, amount }: Budget): string {
  const { projected_end: end, projected_low: low, projected_high: high, crosses_on: day } = current;
  if (end === null) return "nobody can say yet";
  const interval = low !== null && high !== null ? `${money(low, currency)} to ${money(high, currency)}` : "";
  return [
    interval,
    day !== null && !reaches(current.spent, amount) && `passes the amount on ${dateLabel(day)}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** What the figures do not hold. */
function Caveats({ budget: { current } }: { budget: Budget }) {
  const foreign = current.other_currencies.map(({ amount, currency }) => money(amount, currency));
  if (current.complete && foreign.length === 0) return null;
  return (
    <p className="text-[0.87rem] text-ink-soft">
      {foreign.length > 0 && `${foreign.join(" and ")} billed beside it, without an exchange rate. `}
      {!current.complete &&
        "The tag had too many values on a day, so some of these calls may be counted under (other)."}
    </p>
  );
}

function limitText({ limit, on_unavailable: onUnavailable }: Budget): string {
  if (limit === "none") return "No limit: it tells, and holds nothing back.";
  const label = LIMITS.find(({ value }) => value === limit)?.label ?? limit;
  return `${label}. Programs that cannot ask ${onUnavailable === "open" ? "call all the same" : "do not call"}.`;
}
