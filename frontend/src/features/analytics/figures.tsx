import { ArrowDownRight, ArrowUpRight, Minus } from "lucide-react";
import type { ReactNode } from "react";

import type { Summary } from "@/api/types";
import { ShareBar } from "@/components/charts/share-bar";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Loading, Skeleton } from "@/components/ui/states";
import { cx } from "@/lib/cx";
import { currentMonth, monthLabel, monthName, shiftMonth } from "@/lib/dates";
import { count, exactMoney, milliseconds, percent, plural, ratio, UNKNOWN } from "@/lib/format";

import { tokenKinds } from "./rules";

const SHEET = "min-w-0 rounded-xl border border-line bg-sheet";

export function Figures({ summary }: { summary: Summary }) {
  const { total, today, latency_ms: latency } = summary;
  return (
    <section
      aria-label={`Figures of ${monthLabel(summary.month)}`}
      className="grid gap-3 lg:grid-cols-[1.25fr_2fr]"
    >
      <Spend summary={summary} />
      <dl className="grid grid-cols-2 gap-3 xl:grid-cols-4">
        <Figure label="Today (UTC)">
          <Amount value={today.cost} currency={today.currency} exact="below" />
          {today.calls !== null && <Aside>{plural(today.calls, "call")}</Aside>}
        </Figure>
        <Figure label="Calls">
          {count(total.calls)}
          {total.errors !== null && total.calls !== null && (
            <Aside tone={total.errors > 0 ? "bad" : undefined}>
              {total.errors === 0
                ? "no errors"
                : `${plural(total.errors, "error")} · ${ratio(total.errors, total.calls)}`}
            </Aside>
          )}
        </Figure>
        <Figure label="Cost per call">
          <Amount value={total.cost_per_call} currency={total.currency} unknown={UNKNOWN} />
          {total.priced_calls !== null && total.free_calls !== null && (
            <Aside>of {plural(total.priced_calls + total.free_calls, "priced call")}</Aside>
          )}
        </Figure>
        <Figure label="Latency p50">
          {milliseconds(latency.p50)}
          <Aside>p95 {milliseconds(latency.p95)}</Aside>
        </Figure>
        <Tokens summary={summary} />
        <Prepaid summary={summary} />
      </dl>
    </section>
  );
}

function Spend({ summary }: { summary: Summary }) {
  const { total } = summary;
  return (
    <div className={cx(SHEET, "flex flex-col p-4 sm:p-5")}>
      <div className="flex items-center justify-between gap-2">
        <h2 className="eyebrow">Spend in {monthLabel(summary.month)}</h2>
        <Badge title="The ledger this figure comes from: calls pushed to TokenBoard, priced by its price book">
          {summary.ledger}
        </Badge>
      </div>
      <p className="mt-2.5">
        <span
          data-testid="spend"
          className="total-rule text-[2.3rem] leading-none sm:text-[2.6rem] font-semibold tracking-tight"
        >
          <Amount value={total.cost} currency={total.currency} exact="hover" />
        </span>
      </p>
      <ExactSpend summary={summary} />
      <div className="mt-auto pt-4">
        <Change summary={summary} />
      </div>
    </div>
  );
}

function ExactSpend({ summary: { total } }: { summary: Summary }) {
  return (
    <p className="mt-2.5 text-[0.87rem] text-ink-faint">
      {total.cost === null ? (
        total.calls === null ? (
          "No bill of this month was read yet."
        ) : (
          "None of the calls has a price."
        )
      ) : (
        <>
          exactly{" "}
          <span data-testid="exact-spend" className="font-mono break-all text-ink-soft">
            {exactMoney(total.cost, total.currency)}
          </span>
          {(total.unpriced_calls ?? 0) > 0 && <> without {plural(total.unpriced_calls, "unpriced call")}</>}
        </>
      )}
    </p>
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

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={cx(SHEET, "p-4")}>
      <dt className="eyebrow">{label}</dt>
      <dd className="mt-1.5 text-[1.2rem] leading-tight font-semibold tracking-tight sm:text-[1.3rem] xl:text-[1.2rem] 2xl:text-[1.35rem]">
        {children}
      </dd>
    </div>
  );
}

function Aside({ tone, children }: { tone?: "bad"; children: ReactNode }) {
  return (
    <span
      className={cx(
        "mt-1 block text-[0.86rem] font-normal tracking-normal",
        tone === "bad" ? "text-bad" : "text-ink-faint",
      )}
    >
      {children}
    </span>
  );
}

function Tokens({ summary: { total } }: { summary: Summary }) {
  const kinds = tokenKinds(total);
  return (
    <div className={cx(SHEET, "col-span-2 p-4 xl:col-span-4")}>
      <dt className="eyebrow mb-2.5">Tokens by kind</dt>
      <dd>
        <ShareBar parts={kinds} />
        <ul className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-5">
          {kinds.map(({ key, label, color, size }) => (
            <li key={key} className="min-w-0">
              <span className="flex items-center gap-1.5 text-[0.86rem] text-ink-faint">
                <span
                  aria-hidden="true"
                  className="size-2.5 shrink-0 rounded-xs"
                  style={{ background: color }}
                />
                {label}
              </span>
              <span className="font-medium">{count(size)}</span>
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}

/** Calls on capacity that is paid for otherwise: free at the margin, and said apart. */
function Prepaid({ summary: { prepaid } }: { summary: Summary }) {
  if (prepaid.length === 0) return null;
  return (
    <div className={cx(SHEET, "col-span-2 p-4 xl:col-span-4")}>
      <dt className="eyebrow mb-1.5">Prepaid capacity</dt>
      {prepaid.map((figure) => (
        <dd key={figure.capacity} className="flex flex-wrap items-baseline gap-x-2 text-[0.95rem]">
          <span className="font-medium first-letter:uppercase">{figure.capacity}:</span>
          <span>{plural(figure.calls, "call")}</span>
          <span className="text-ink-faint">
            list price <Amount value={figure.list_cost} currency={figure.currency} unknown="not known" />, in
            no amount here
          </span>
        </dd>
      ))}
    </div>
  );
}

export function FiguresSkeleton() {
  return (
    <Loading label="Loading the month's figures">
      <div className="grid gap-3 lg:grid-cols-[1.25fr_2fr]">
        <Skeleton className="h-52 rounded-xl" />
        <div className="grid grid-cols-2 gap-3 xl:grid-cols-4">
          {Array.from({ length: 4 }, (_, index) => (
            <Skeleton key={index} className="h-24 rounded-xl" />
          ))}
          <Skeleton className="col-span-2 h-24 rounded-xl xl:col-span-4" />
        </div>
      </div>
    </Loading>
  );
}
