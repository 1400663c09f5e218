import type { Summary } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Aside, Figure, SHEET } from "@/components/ui/figure";
import { Loading, Skeleton } from "@/components/ui/states";
import { cx } from "@/lib/cx";
import { monthLabel } from "@/lib/dates";
import { count, milliseconds, plural, ratio, UNKNOWN } from "@/lib/format";

import { Tokens } from "./figure-parts";
import { Counted, ProviderFigures } from "./provider-figures";
import { Spend } from "./spend";

/** The month's figures, as far as the ledger that is shown knows them. */
export function Figures({ summary }: { summary: Summary }) {
  return (
    <section
      aria-label={`Figures of ${monthLabel(summary.month)}`}
      className="grid gap-3 lg:grid-cols-[1.25fr_2fr]"
    >
      {summary.ledger === "reported" ? <Counted summary={summary} /> : <Spend summary={summary} />}
      <dl
        className={cx(
          "grid grid-cols-2 gap-3",
          summary.ledger === "tracked"
            ? "xl:grid-cols-4"
            : "[&>:nth-child(3)]:col-span-full xl:grid-cols-3 xl:[&>:nth-child(3)]:col-span-1",
        )}
      >
        {summary.ledger === "tracked" ? (
          <TrackedFigures summary={summary} />
        ) : (
          <ProviderFigures summary={summary} />
        )}
      </dl>
    </section>
  );
}

function TrackedFigures({ summary }: { summary: Summary }) {
  const { total, today, latency_ms: latency } = summary;
  // this ledger counts every call: null is a gap of the wire's type alone
  const [calls, errors] = [total.calls ?? 0, total.errors ?? 0];
  return (
    <>
      <Figure label="Today (UTC)">
        <Amount value={today.cost} currency={today.currency} exact="below" />
        <Aside>{plural(today.calls ?? 0, "call")}</Aside>
      </Figure>
      <Figure label="Calls">
        {count(total.calls)}
        <Aside tone={errors > 0 ? "bad" : undefined}>
          {errors === 0 ? "no errors" : `${plural(errors, "error")} · ${ratio(errors, calls)}`}
        </Aside>
      </Figure>
      <Figure label="Cost per call">
        <Amount value={total.cost_per_call} currency={total.currency} unknown={UNKNOWN} />
        <Aside>of {plural((total.priced_calls ?? 0) + (total.free_calls ?? 0), "priced call")}</Aside>
      </Figure>
      <Figure label="Latency p50">
        {milliseconds(latency.p50)}
        <Aside>p95 {milliseconds(latency.p95)}</Aside>
      </Figure>
      <Tokens total={total} />
      <Prepaid summary={summary} />
    </>
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
          <span>{plural(figure.calls ?? 0, "call")}</span>
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
