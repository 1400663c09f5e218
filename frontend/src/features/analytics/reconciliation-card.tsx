import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { ReconciliationSide } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Card } from "@/components/ui/card";
import { Segmented } from "@/components/ui/segmented";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { dateLabel, isDay, monthLabel } from "@/lib/dates";
import { percent, UNKNOWN, UNPRICED } from "@/lib/format";

import { reconciliationQuery, type ReconciliationBy } from "./api";
import { foreignText } from "./rules";

const SPLITS = [
  { value: "provider", label: "Provider" },
  { value: "model", label: "Model" },
  { value: "day", label: "Day" },
] as const satisfies readonly { value: ReconciliationBy; label: string }[];

type Split = (typeof SPLITS)[number]["value"];

/** What we tracked beside what was billed, with the difference. Two answers to one question: never a sum. */
export function ReconciliationCard({ workspaceId, month }: { workspaceId: string; month: string }) {
  const [by, setBy] = useState<Split>("provider");
  const { data, error, refetch } = useQuery(reconciliationQuery(workspaceId, month, by));
  return (
    <Card
      title="Tracked against billed"
      hint={`${monthLabel(month)}; two answers to one question, never added`}
      actions={<Segmented label="Compare by" value={by} options={SPLITS} onChange={setBy} />}
    >
      {data ? (
        data.rows.length > 0 ? (
          <Sides
            total={data.total}
            rows={data.rows}
            label={SPLITS.find(({ value }) => value === by)?.label}
          />
        ) : (
          <Empty title={`Nothing to compare in ${monthLabel(month)}`} />
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the comparison" />
      )}
    </Card>
  );
}

type SidesProps = { total: ReconciliationSide; rows: ReconciliationSide[]; label?: string };

function Sides({ total, rows, label }: SidesProps) {
  return (
    <div className="max-h-96 overflow-y-auto">
      <Table label="Tracked against billed, as a table">
        <thead>
          <tr>
            <Head>{label}</Head>
            <Head end>Tracked</Head>
            <Head end>Billed</Head>
            <Head end>Difference</Head>
          </tr>
        </thead>
        <tbody>
          <Side side={total} name="All that is connected" className="font-semibold" />
          {rows.map((side) => (
            <Side key={side.key} side={side} name={nameOf(side.key)} />
          ))}
        </tbody>
      </Table>
    </div>
  );
}

function nameOf(key: string): string {
  if (key === "") return "(none)";
  return isDay(key) ? dateLabel(key) : key;
}

function Side({ side, name, className }: { side: ReconciliationSide; name: string; className?: string }) {
  const { tracked, billed, cost } = side;
  return (
    <Row>
      <Name className={className}>{name}</Name>
      <Cell end className={className}>
        {tracked ? (
          <Amount value={tracked.cost} currency={tracked.currency} unknown={UNPRICED} />
        ) : (
          <NotThere />
        )}
      </Cell>
      <Cell end className={className}>
        {billed ? <Amount value={billed.cost} currency={billed.currency} unknown={UNKNOWN} /> : <NotThere />}
        {billed && billed.other_currencies.length > 0 && (
          <span className="block text-[0.82rem] text-ink-soft">and {foreignText(billed)}</span>
        )}
      </Cell>
      <Cell end className={className}>
        <Amount value={cost.difference} currency="USD" unknown={UNKNOWN} />
        {cost.ratio !== null && (
          <span className="block text-[0.82rem] font-normal text-ink-faint">
            {percent(cost.ratio)} of it tracked
          </span>
        )}
      </Cell>
    </Row>
  );
}

/** The ledger does not cover it, which is another thing than zero. */
function NotThere() {
  return <span className="text-ink-faint">not covered</span>;
}
