import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Breakdown } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CsvLink } from "@/components/ui/csv-link";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { monthLabel } from "@/lib/dates";
import { count } from "@/lib/format";

import { breakdownCsv, breakdownQuery, tagsQuery } from "./api";
import { BreakdownTable } from "./breakdown-table";
import { dimensionIn, dimensionsOf, type Dimension, type OverviewSearch, type ShownLedger } from "./filters";
import type { CallsLink } from "./links";
import { OTHER } from "./rules";

/** So many at first; and so many at most, which is what the server answers. */
const FEW = 12;
const MOST_GROUPS = 500;

type Props = {
  workspaceId: string;
  month: string;
  ledger: ShownLedger;
  by?: Dimension;
  tag?: string;
  onChange: (patch: OverviewSearch) => void;
  callsLink: CallsLink;
};

export function BreakdownCard({ workspaceId, month, ledger, by: wanted, tag, onChange, callsLink }: Props) {
  const by = dimensionIn(ledger, wanted);
  const filter = { month, by, ...(by === "tag" && { tag }), ledger };
  const { data: dearest, error, refetch } = useQuery(breakdownQuery(workspaceId, filter));
  const [whole, setWhole] = useState<string | null>(null);
  const shown = JSON.stringify(filter);
  const isWhole = whole === shown;
  const all = useQuery({
    ...breakdownQuery(workspaceId, filter, MOST_GROUPS),
    enabled: isWhole && !!dearest && hasMore(dearest),
  });
  const data = isWhole ? (all.data ?? dearest) : dearest;
  const rows = data?.rows.slice(0, isWhole ? undefined : FEW) ?? [];
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
              onChange({ by: next, tag: undefined });
            }}
          />
          {ledger === "tracked" && (
            <TagPicker
              workspaceId={workspaceId}
              month={month}
              tag={by === "tag" ? tag : undefined}
              onPick={(next) => {
                onChange(next === "" ? { by: undefined, tag: undefined } : { by: "tag", tag: next });
              }}
            />
          )}
          <CsvLink href={breakdownCsv(workspaceId, filter)} label="Download this breakdown as CSV" />
        </>
      }
    >
      {data && !data.complete && (
        <p role="status" className="mb-3 text-[0.87rem] text-ink-soft">
          Earlier calls are still being added up by customer and tag after an upgrade: until that is done,
          some of them are missing here or stand under (none).
        </p>
      )}
      {data ? (
        data.rows.length > 0 ? (
          <>
            <BreakdownTable breakdown={{ ...data, rows }} by={by} callsLink={callsLink} />
            {data.rows.length > FEW && (
              <Button
                look="quiet"
                size="sm"
                className="mt-2"
                aria-expanded={isWhole}
                aria-busy={isWhole && all.isFetching}
                onClick={() => {
                  setWhole(isWhole ? null : shown);
                }}
              >
                {isWhole ? "Show fewer" : hasMore(data) ? "Show all" : `Show all ${data.rows.length}`}
              </Button>
            )}
            {hasMore({ rows }) && (
              <p className="mt-3 text-[0.87rem] text-ink-soft">
                (other) holds every value beyond the {count(rows.length - 1)} shown here
                {(by === "user" || by === "tag") && ", and beyond the first 10,000 of a day"}.
              </p>
            )}
          </>
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

const hasMore = ({ rows }: Pick<Breakdown, "rows">) => rows.some(({ key }) => key === OTHER);

type PickerProps = {
  workspaceId: string;
  month: string;
  tag: string | undefined;
  onPick: (tag: string) => void;
};

/** The tags of the month by name; nothing where calls carry none. */
function TagPicker({ workspaceId, month, tag, onPick }: PickerProps) {
  const { data } = useQuery(tagsQuery(workspaceId, month));
  const known = data?.items.flatMap((item) => item.tag ?? []) ?? [];
  // one that the address names is offered also where this month knows nothing of it
  const tags = tag === undefined || known.includes(tag) ? known : [tag, ...known];
  if (tags.length === 0) return null;
  return (
    <Select
      label="Break down by tag"
      value={tag ?? ""}
      options={[{ value: "", label: "Tag…" }, ...tags.map((value) => ({ value, label: value }))]}
      onChange={onPick}
      className="max-w-36"
    />
  );
}
