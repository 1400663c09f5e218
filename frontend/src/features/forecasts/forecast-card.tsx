import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";

import type { Forecast, Trend } from "@/api/types";
import { Legend } from "@/components/charts/legend";
import { Amount } from "@/components/ui/amount";
import { Card } from "@/components/ui/card";
import { ErrorState, Loading, Skeleton } from "@/components/ui/states";
import { monthLabel, monthOf } from "@/lib/dates";
import { axisMoney } from "@/lib/format";

import { forecastQuery, spentQuery, type Ledger } from "./api";
import { ForecastWords } from "./forecast-words";
import { pathOf } from "./rules";
import { SPENT, EXPECTED, INTERVAL } from "./series";

// The chart library is the heaviest part of the page: the words do not wait for it.
const PathChart = lazy(() =>
  import("@/components/charts/path").then((module) => ({ default: module.PathChart })),
);

/** This month: what was spent, where it leads, and how sure that is. */
export function ForecastCard({ workspaceId, ledger }: { workspaceId: string; ledger: Ledger }) {
  const { data, error, refetch } = useQuery(forecastQuery(workspaceId, ledger));
  if (!data) {
    return (
      <Card title="This month">
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <ChartSkeleton />}
      </Card>
    );
  }
  const month = monthOf(data.start);
  return (
    <Card title={monthLabel(month)} hint={`${ledger} ledger, UTC days`}>
      <div className="grid grid-cols-1 gap-5">
        <div className="grid gap-4 sm:grid-cols-2">
          <div>
            <p className="eyebrow mb-1">Expected at the month&rsquo;s end</p>
            <ForecastWords forecast={data} />
          </div>
          <div>
            <p className="eyebrow mb-1">Spent so far</p>
            <p className="text-[1.35rem] leading-tight font-semibold">
              <Amount value={data.spent} currency={data.currency} exact="below" />
            </p>
          </div>
        </div>
        {data.expected !== null && <Chart workspaceId={workspaceId} month={month} forecast={data} />}
      </div>
    </Card>
  );
}

type ChartProps = { workspaceId: string; month: string; forecast: Forecast };

function Chart({ workspaceId, month, forecast }: ChartProps) {
  const { data, error, refetch } = useQuery(spentQuery(workspaceId, month, forecast.ledger));
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data ? <Path forecast={forecast} trend={data} /> : <ChartSkeleton />;
}

function Path({ forecast, trend }: { forecast: Forecast; trend: Trend }) {
  const points = useMemo(() => pathOf(forecast, trend), [forecast, trend]);
  return (
    <figure>
      <div className="h-64 sm:h-80">
        <Suspense fallback={<ChartSkeleton />}>
          <PathChart
            label="Spent so far and expected until the end of the month, day by day"
            points={points}
            formatTick={(tick) => axisMoney(tick, forecast.currency)}
          />
        </Suspense>
      </div>
      <figcaption>
        <Legend series={[SPENT, EXPECTED, INTERVAL]} />
      </figcaption>
    </figure>
  );
}

export function ChartSkeleton() {
  return (
    <Loading label="Loading the forecast">
      <Skeleton className="h-64 sm:h-80" />
    </Loading>
  );
}
