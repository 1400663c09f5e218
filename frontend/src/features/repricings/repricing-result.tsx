import type { ReactNode } from "react";

import type { Repricing, RepricingFigure } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { dayLabel } from "@/lib/dates";
import { count } from "@/lib/format";

/** Before and after: in all, by model and by day, with what stays without a price. */
export function RepricingResult({ repricing: { summary } }: { repricing: Repricing }) {
  return (
    <div className="grid grid-cols-1 gap-5">
      <Figures summary={summary} />
      <section aria-label="By model">
        <h3 className="eyebrow mb-1">By model</h3>
        <Table label="Re-pricing by model">
          <Heads of="Model" />
          <tbody>
            {summary.by_model.map((row) => (
              <Row key={`${row.provider}/${row.model}`}>
                <Name className="min-w-28">
                  <span className="block font-medium break-all">{row.model}</span>
                  <span className="text-[0.84rem] text-ink-faint">{row.provider}</span>
                </Name>
                <Cells row={row} />
              </Row>
            ))}
          </tbody>
        </Table>
      </section>
      <section aria-label="By day">
        <h3 className="eyebrow mb-1">By day</h3>
        <Table label="Re-pricing by day">
          <Heads of="Day" />
          <tbody>
            {summary.by_day.map((row) => (
              <Row key={row.day}>
                <Name className="whitespace-nowrap">{dayLabel(row.day)}</Name>
                <Cells row={row} />
              </Row>
            ))}
          </tbody>
        </Table>
      </section>
    </div>
  );
}

function Figures({ summary }: { summary: RepricingFigure }) {
  const { cost_before: before, cost_after: after } = summary;
  return (
    <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure label="Cost before">
        <Amount value={before} currency="USD" exact="below" />
      </Figure>
      <Figure label="Cost after">
        <Amount value={after} currency="USD" exact="below" />
      </Figure>
      <Figure label="Without a price before">{count(summary.unpriced_before)}</Figure>
      <Figure label="Without a price after">{count(summary.unpriced_after)}</Figure>
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0 rounded-lg border border-line p-3">
      <dt className="eyebrow">{label}</dt>
      <dd className="mt-1 text-[1.15rem] leading-tight font-semibold">{children}</dd>
    </div>
  );
}

function Heads({ of }: { of: string }) {
  return (
    <thead>
      <tr>
        <Head>{of}</Head>
        <Head end>Cost before</Head>
        <Head end>after</Head>
        <Head end>Calls</Head>
        <Head end>Changed</Head>
        <Head end>Unpriced before</Head>
        <Head end>after</Head>
      </tr>
    </thead>
  );
}

function Cells({ row }: { row: RepricingFigure }) {
  return (
    <>
      <Cell end>
        <Amount value={row.cost_before} currency="USD" />
      </Cell>
      <Cell end className="font-medium">
        <Amount value={row.cost_after} currency="USD" />
      </Cell>
      <Cell end>{count(row.calls)}</Cell>
      <Cell end>{count(row.changed)}</Cell>
      <Cell end>{count(row.unpriced_before)}</Cell>
      <Cell end>{count(row.unpriced_after)}</Cell>
    </>
  );
}
