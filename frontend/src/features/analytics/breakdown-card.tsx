import { useQuery } from "@tanstack/react-query";

import type { Breakdown, BreakdownRow } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { CsvLink } from "@/components/ui/csv-link";
import { Segmented } from "@/components/ui/segmented";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { monthLabel } from "@/lib/dates";
import { compactCount, count, percent, plural } from "@/lib/format";

import { breakdownCsv, breakdownQuery } from "./api";
import {
  dimensionIn,
  dimensionsOf,
  labelOf,
  type Dimension,
  type OverviewSearch,
  type ShownLedger,
} from "./filters";
import type { CallsLink } from "./links";
import { foreignText, OTHER, unknownCost } from "./rules";

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

function BreakdownTable({
  breakdown,
  by,
  callsLink,
}: {
  breakdown: Breakdown;
  by: Dimension;
  callsLink: CallsLink;
}) {
  // a bill knows no calls and no tokens
  const isTracked = breakdown.ledger === "tracked";
  const hasCalls = breakdown.total.calls !== null;
  return (
    <table className="w-full table-fixed text-[0.93rem]">
      <thead>
        <tr className="text-left [&>th]:border-b [&>th]:border-line-strong/50 [&>th]:pb-1.5 [&>th]:text-[0.86rem] [&>th]:font-medium [&>th]:text-ink-faint">
          <th scope="col">{labelOf(by)}</th>
          {hasCalls && (
            <>
              <th scope="col" className="hidden w-20 text-right sm:table-cell">
                Calls
              </th>
              <th scope="col" className="hidden w-24 text-right md:table-cell">
                Tokens in
              </th>
              <th scope="col" className="hidden w-24 text-right md:table-cell">
                Tokens out
              </th>
            </>
          )}
          <th scope="col" className="w-16 text-right">
            Share
          </th>
          <th scope="col" className="w-34 text-right">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {breakdown.rows.map((row) => (
          <Row
            key={row.key}
            row={row}
            month={breakdown.month}
            by={by}
            callsLink={isTracked ? callsLink : undefined}
            hasCalls={hasCalls}
          />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = {
  row: BreakdownRow;
  month: string;
  by: Dimension;
  /** Only calls of our own can be shown one by one. */
  callsLink?: CallsLink;
  hasCalls: boolean;
};

function Row({ row, month, by, callsLink, hasCalls }: RowProps) {
  return (
    <tr className="align-top [&>*]:border-b [&>*]:border-line [&>*]:py-2 [&>*]:pl-2 [&>*:first-child]:pl-0 last:[&>*]:border-0">
      <th scope="row" className="text-left font-normal">
        <span className="flex flex-wrap items-center gap-x-2">
          {row.key === OTHER || !callsLink ? (
            <span className="min-w-0 truncate" title={row.label}>
              {row.label}
            </span>
          ) : (
            callsLink(
              { month, [by]: row.key },
              row.label,
              "min-w-0 truncate font-medium underline-offset-3 hover:underline",
            )
          )}
          {!!row.unpriced_calls && (
            <Badge tone="warn" title="In no amount">
              {count(row.unpriced_calls)} unpriced
            </Badge>
          )}
          {!!row.free_calls && <Badge tone="accent">{count(row.free_calls)} free</Badge>}
        </span>
        {row.share !== null && <Bar share={row.share} />}
        {row.calls !== null && (
          <span className="mt-1 block text-[0.82rem] text-ink-faint sm:hidden">
            {plural(row.calls, "call")}
          </span>
        )}
      </th>
      {hasCalls && (
        <>
          <td className="hidden text-right sm:table-cell">{count(row.calls)}</td>
          <td className="hidden text-right md:table-cell" title={count(row.input_tokens)}>
            {compactCount(row.input_tokens)}
          </td>
          <td className="hidden text-right md:table-cell" title={count(row.output_tokens)}>
            {compactCount(row.output_tokens)}
          </td>
        </>
      )}
      <td className="text-right">{percent(row.share)}</td>
      <td className="text-right font-medium">
        <Amount value={row.cost} currency={row.currency} exact="below" unknown={unknownCost(row)} />
        {row.other_currencies.length > 0 && (
          <span className="block text-[0.82rem] font-normal text-ink-soft">{foreignText(row)}</span>
        )}
      </td>
    </tr>
  );
}

/** Decoration: the share stands beside it as text. */
function Bar({ share }: { share: string }) {
  return (
    <span aria-hidden="true" className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-sunken">
      <span
        className="block h-full rounded-full bg-accent"
        style={{ width: `${Math.max(0, Math.min(1, Number(share))) * 100}%` }}
      />
    </span>
  );
}
