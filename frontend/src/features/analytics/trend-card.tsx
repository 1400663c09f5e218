import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";

import type { Trend } from "@/api/types";
import { Legend } from "@/components/charts/legend";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Segmented } from "@/components/ui/segmented";
import { Empty, ErrorState, Loading, Skeleton } from "@/components/ui/states";
import { dayLabel, monthLabel } from "@/lib/dates";
import { axisCount, axisMoney } from "@/lib/format";

import { trendQuery } from "./api";
import {
  groupIn,
  groupsOf,
  MEASURES,
  type Group,
  type Measure,
  type OverviewSearch,
  type ShownLedger,
} from "./filters";
import { columnsOf, isUnpriced, seriesOf } from "./rules";
import { TrendTable } from "./trend-table";

// The chart library is the heaviest part of the page: the figures do not wait for it.
const StackedBars = lazy(() =>
  import("@/components/charts/stacked-bars").then((module) => ({ default: module.StackedBars })),
);

const VIEWS = [
  { value: "chart", label: "Chart" },
  { value: "table", label: "Table" },
] as const;
const WORDS = { cost: "Spend", calls: "Calls", tokens: "Tokens" } as const;
const NOTHING = {
  tracked: "No calls",
  billed: "Nothing was billed",
  reported: "Nothing was counted",
} as const;
type View = (typeof VIEWS)[number]["value"];

type Props = {
  workspaceId: string;
  month: string;
  day?: string;
  ledger: ShownLedger;
  group?: Group;
  measure: Measure;
  onChange: (patch: OverviewSearch) => void;
};

const ONLY = { billed: "cost", reported: "tokens" } as const;

/** Providers bill days, not hours; a bill knows no calls, and what they counted has no price. */
function shownIn(ledger: ShownLedger, { day, group, measure }: Pick<Props, "day" | "group" | "measure">) {
  return {
    day: ledger === "tracked" ? day : undefined,
    group: groupIn(ledger, group),
    measure: ledger === "tracked" ? measure : ONLY[ledger],
  };
}

export function TrendCard({ workspaceId, month, ledger, onChange, ...wanted }: Props) {
  const [view, setView] = useState<View>("chart");
  const { day, group, measure } = shownIn(ledger, wanted);
  const groupedQuery = useQuery(trendQuery(workspaceId, { month, day, group, ledger }));
  const totalsQuery = useQuery(trendQuery(workspaceId, { month, day, ledger }));
  const error =
    (groupedQuery.data ? null : groupedQuery.error) ?? (totalsQuery.data ? null : totalsQuery.error);
  const what = WORDS[measure];
  return (
    <Card
      title={day === undefined ? `${what} by day` : `${what} by hour, ${dayLabel(day)}`}
      hint={
        groupedQuery.data && `${groupedQuery.data.ledger} ledger, UTC ${day === undefined ? "days" : "hours"}`
      }
      actions={
        <>
          {day !== undefined && (
            <Button
              look="secondary"
              size="sm"
              onClick={() => {
                onChange({ day: undefined });
              }}
            >
              <ArrowLeft aria-hidden="true" className="size-4" />
              {monthLabel(month)}
            </Button>
          )}
          {ledger === "tracked" && (
            <Segmented
              label="Measure"
              value={measure}
              options={MEASURES}
              onChange={(next) => {
                onChange({ measure: next });
              }}
            />
          )}
          <Segmented
            label="Group by"
            value={group}
            options={groupsOf(ledger)}
            onChange={(next) => {
              onChange({ group: next });
            }}
          />
          <Segmented label="Show as" value={view} options={VIEWS} onChange={setView} />
        </>
      }
    >
      {error ? (
        <ErrorState
          error={error}
          onRetry={() => void Promise.all([groupedQuery.refetch(), totalsQuery.refetch()])}
        />
      ) : !groupedQuery.data || !totalsQuery.data ? (
        <ChartSkeleton />
      ) : !groupedQuery.data.has_data ? (
        <Empty
          title={`${NOTHING[ledger]} ${day === undefined ? `in ${monthLabel(month)}` : `on ${dayLabel(day)}`}`}
        />
      ) : (
        <TrendView
          trend={groupedQuery.data}
          totals={totalsQuery.data}
          measure={measure}
          view={view}
          onPickDay={
            day === undefined && ledger === "tracked"
              ? (start) => {
                  onChange({ month, day: start.slice(0, 10) });
                }
              : undefined
          }
        />
      )}
    </Card>
  );
}

type ViewProps = {
  trend: Trend;
  totals: Trend;
  measure: Measure;
  view: View;
  onPickDay?: (start: string) => void;
};

function TrendView({ trend, totals, measure, view, onPickDay }: ViewProps) {
  const series = useMemo(() => seriesOf(trend), [trend]);
  const columns = useMemo(() => columnsOf(trend, totals, series, measure), [trend, totals, series, measure]);
  const currency = trend.points[0]?.currency;
  if (view === "table") {
    return <TrendTable columns={columns} series={series} onPickDay={onPickDay} />;
  }
  if (measure === "cost" && isUnpriced(totals)) {
    return (
      <Empty title="None of these calls has a price">
        What they cost is not known, so there is no bar to draw.
      </Empty>
    );
  }
  return (
    <figure>
      <div className="h-64 sm:h-72">
        <Suspense fallback={<ChartSkeleton />}>
          <StackedBars
            label={`${WORDS[measure]} per ${trend.granularity}; the table view has every figure`}
            columns={columns}
            series={series}
            formatTick={measure === "cost" ? (tick) => axisMoney(tick, currency) : axisCount}
            onPick={onPickDay}
          />
        </Suspense>
      </div>
      <figcaption>
        <Legend series={series} />
      </figcaption>
    </figure>
  );
}

function ChartSkeleton() {
  return (
    <Loading label="Loading the trend">
      <Skeleton className="h-64 sm:h-72" />
    </Loading>
  );
}
