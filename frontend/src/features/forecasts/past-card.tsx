import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, type ReactNode } from "react";

import type { PastForecasts } from "@/api/types";
import { Legend } from "@/components/charts/legend";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Empty, ErrorState } from "@/components/ui/states";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { Select } from "@/components/ui/select";
import { currentMonth, dayLabel, monthLabel, shiftMonth } from "@/lib/dates";
import { axisMoney, percent, UNKNOWN } from "@/lib/format";

import { pastForecastsQuery, type Ledger } from "./api";
import { ChartSkeleton } from "./forecast-card";
import { saidPath } from "./rules";
import { CAME, EXPECTED, INTERVAL } from "./series";

const PathChart = lazy(() =>
  import("@/components/charts/path").then((module) => ({ default: module.PathChart })),
);
const MONTHS_BACK = 12;

type Props = { workspaceId: string; month: string; ledger: Ledger; onMonth: (month: string) => void };

/** What was said of a month on each of its days, held against what came. */
export function PastCard({ workspaceId, month, ledger, onMonth }: Props) {
  const { data, error, refetch } = useQuery(pastForecastsQuery(workspaceId, month, ledger));
  const months = Array.from({ length: MONTHS_BACK + 1 }, (_, back) => shiftMonth(currentMonth(), -back));
  return (
    <Card
      title="What was said, and what came"
      hint="Each morning's forecast of the whole month, from the days before it alone"
      actions={
        <Select
          label="Month"
          value={month}
          options={(months.includes(month) ? months : [...months, month]).map((value) => ({
            value,
            label: monthLabel(value),
          }))}
          onChange={onMonth}
        />
      }
    >
      {data ? (
        data.items.length > 0 ? (
          <Past past={data} />
        ) : (
          <Empty title={`Nothing was said of ${monthLabel(month)}`}>
            There were too few days with a known cost before it to say where it leads.
          </Empty>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <ChartSkeleton />
      )}
    </Card>
  );
}

function Past({ past }: { past: PastForecasts }) {
  const points = useMemo(() => saidPath(past), [past]);
  return (
    <div className="grid grid-cols-1 gap-5">
      <Verdict past={past} />
      <figure>
        <div className="h-56 sm:h-64">
          <Suspense fallback={<ChartSkeleton />}>
            <PathChart
              label="What was expected on each day, and what came; the table below has every figure"
              points={points}
              isFromZero={false}
              formatTick={(tick) => axisMoney(tick, past.currency)}
            />
          </Suspense>
        </div>
        <figcaption>
          <Legend series={past.came === null ? [EXPECTED, INTERVAL] : [EXPECTED, INTERVAL, CAME]} />
        </figcaption>
      </figure>
      <details>
        <summary className="cursor-pointer text-[0.93rem] font-medium">Every day of it</summary>
        <div className="mt-3">
          <PastTable past={past} />
        </div>
      </details>
    </div>
  );
}

function Verdict({ past }: { past: PastForecasts }) {
  if (past.came === null) {
    return (
      <p className="text-[0.93rem] text-ink-soft">
        This month is not over, so nothing can be held against these forecasts yet.
      </p>
    );
  }
  return (
    <dl className="grid grid-cols-1 gap-3 sm:grid-cols-3">
      <Said label="What came">
        <Amount value={past.came} currency={past.currency} exact="below" />
      </Said>
      <Said label="Average error">{percent(past.error)}</Said>
      <Said label={`Inside the ${past.interval_percent} % interval`}>{percent(past.coverage)}</Said>
    </dl>
  );
}

function Said({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{label}</dt>
      <dd className="mt-0.5 text-[1.15rem] leading-tight font-semibold">{children}</dd>
    </div>
  );
}

function PastTable({ past }: { past: PastForecasts }) {
  return (
    <Table label="Forecasts by day">
      <thead>
        <tr>
          <Head>Said on</Head>
          <Head end>Expected</Head>
          <Head end>Low</Head>
          <Head end>High</Head>
          <Head end>Error</Head>
          <Head>Came inside</Head>
        </tr>
      </thead>
      <tbody>
        {past.items.map((item) => (
          <Row key={item.made_on}>
            <Name className="whitespace-nowrap">
              {dayLabel(item.made_on)}{" "}
              {!item.is_kept && (
                <Badge title="Made afterwards, from the days before that day alone">afterwards</Badge>
              )}
            </Name>
            {[item.expected, item.low, item.high].map((amount, index) => (
              <Cell key={index} end>
                <Amount value={amount} currency={past.currency} />
              </Cell>
            ))}
            <Cell end>{percent(item.error)}</Cell>
            <Cell>
              {item.is_inside === null ? (
                UNKNOWN
              ) : item.is_inside ? (
                "yes"
              ) : (
                <span className="text-bad">no</span>
              )}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
