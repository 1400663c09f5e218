import { lazy, Suspense, useMemo, useState } from "react";

import type { IngestStats } from "@/api/types";
import { Legend } from "@/components/charts/legend";
import type { Column, Series } from "@/components/charts/types";
import { Card } from "@/components/ui/card";
import { Segmented } from "@/components/ui/segmented";
import { Empty, Loading, Skeleton } from "@/components/ui/states";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { axisCount } from "@/lib/format";

import { columnsOf, outcomesIn } from "./health";

// The chart library is the heaviest part of the page: the figures do not wait for it.
const StackedBars = lazy(() =>
  import("@/components/charts/stacked-bars").then((module) => ({ default: module.StackedBars })),
);

const VIEWS = [
  { value: "chart", label: "Chart" },
  { value: "table", label: "Table" },
] as const;

/** Events over time, by what became of them. */
export function ArrivalsCard({ stats }: { stats: IngestStats }) {
  const [view, setView] = useState<(typeof VIEWS)[number]["value"]>("chart");
  const columns = useMemo(() => columnsOf(stats), [stats]);
  const series = outcomesIn(stats);
  return (
    <Card
      title={`Events by ${stats.granularity}`}
      hint={`by when they arrived, UTC ${stats.granularity}s`}
      actions={<Segmented label="Show as" value={view} options={VIEWS} onChange={setView} />}
    >
      {stats.totals.received === 0 ? (
        <Empty title="Nothing arrived in this time" />
      ) : view === "table" ? (
        <ArrivalsTable columns={columns} series={series} />
      ) : (
        <figure>
          <div className="h-56 sm:h-64">
            <Suspense fallback={<ChartSkeleton />}>
              <StackedBars
                label={`Events per ${stats.granularity}; the table view has every figure`}
                columns={columns}
                series={series}
                formatTick={axisCount}
              />
            </Suspense>
          </div>
          <figcaption>
            <Legend series={series} />
          </figcaption>
        </figure>
      )}
    </Card>
  );
}

function ArrivalsTable({ columns, series }: { columns: readonly Column[]; series: readonly Series[] }) {
  return (
    <div className="max-h-96 overflow-y-auto">
      <Table label="Events as a table">
        <thead>
          <tr>
            <Head>When</Head>
            <Head end>Received</Head>
            {series.map(({ key, label }) => (
              <Head key={key} end>
                {label}
              </Head>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <Row key={column.id}>
              <Name className="whitespace-nowrap">
                {column.title}
                {column.note && <span className="block text-[0.82rem] text-warn">{column.note}</span>}
              </Name>
              <Cell end className="font-semibold">
                {column.total}
              </Cell>
              {series.map(({ key }) => (
                <Cell key={key} end>
                  {column.rows.find((row) => row.key === key)?.text ?? "0"}
                </Cell>
              ))}
            </Row>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

function ChartSkeleton() {
  return (
    <Loading label="Loading the chart">
      <Skeleton className="h-56 sm:h-64" />
    </Loading>
  );
}
