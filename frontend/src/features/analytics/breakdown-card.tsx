import { useQuery } from "@tanstack/react-query";

import { Card } from "@/components/ui/card";
import { CsvLink } from "@/components/ui/csv-link";
import { Segmented } from "@/components/ui/segmented";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { monthLabel } from "@/lib/dates";

import { breakdownCsv, breakdownQuery } from "./api";
import { BreakdownTable } from "./breakdown-table";
import { dimensionIn, dimensionsOf, type Dimension, type OverviewSearch, type ShownLedger } from "./filters";
import type { CallsLink } from "./links";

type Props = {
  workspaceId: string;
  month: string;
  ledger: ShownLedger;
  by?: Dimension;
  onChange: (patch: OverviewSearch) => void;
  callsLink: CallsLink;
};

export function BreakdownCard({ workspaceId, month, ledger, by: wanted, onChange, callsLink }: Props) {
  const by = dimensionIn(ledger, wanted);
  const filter = { month, by, ledger };
  const { data, error, refetch } = useQuery(breakdownQuery(workspaceId, filter));
  return (
    <Card
      title="Breakdown"
      hint={data && `${data.ledger} ledger, ${monthLabel(month)}`}
      actions={
        <>
          <Segmented
            label="Break down by"
            value={by}
            options={dimensionsOf(ledger)}
            onChange={(next) => {
              onChange({ by: next });
            }}
          />
          <CsvLink href={breakdownCsv(workspaceId, filter)} label="Download this breakdown as CSV" />
        </>
      }
    >
      {data ? (
        data.rows.length > 0 ? (
          <BreakdownTable breakdown={data} by={by} callsLink={callsLink} />
        ) : (
          <Empty title={`Nothing to break down in ${monthLabel(month)}`} />
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the breakdown" rows={5} />
      )}
    </Card>
  );
}
