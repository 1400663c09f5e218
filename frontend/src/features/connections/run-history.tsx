import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Connection, SyncRun } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { count, UNKNOWN } from "@/lib/format";

import { runsQuery } from "./api";
import { RUN_STATUSES, tookText, TRIGGERS } from "./rules";

type Props = { workspaceId: string; connection: Connection };

export function RunHistory({ workspaceId, connection }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        look="secondary"
        size="sm"
        aria-label={`History of ${connection.label}`}
        onClick={() => {
          setOpen(true);
        }}
      >
        History
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        place="side"
        title={`Syncs of “${connection.label}”`}
        description="Newest first. A line is flagged when its day was read again and it was missing: it counts until the provider settles it."
      >
        <Runs workspaceId={workspaceId} id={connection.id} />
      </Dialog>
    </>
  );
}

function Runs({ workspaceId, id }: { workspaceId: string; id: string }) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    runsQuery(workspaceId, id),
  );
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonRows label="Loading the history" />
    );
  }
  const runs = data.pages.flatMap((page) => page.items);
  if (runs.length === 0) return <Empty title="It has not been read yet" />;
  return (
    <div className="grid gap-3">
      <Table label="Syncs">
        <thead>
          <tr>
            <Head>When</Head>
            <Head>Result</Head>
            <Head end>New</Head>
            <Head end>Changed</Head>
            <Head end>Unchanged</Head>
            <Head end>Flagged</Head>
            <Head end>Took</Head>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Run key={run.id} run={run} />
          ))}
        </tbody>
      </Table>
      {hasNextPage && (
        <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </div>
  );
}

function Run({ run }: { run: SyncRun }) {
  const status = RUN_STATUSES[run.status];
  return (
    <Row>
      <Name className="whitespace-nowrap">
        <Ago instant={run.created_at} />
        <span className="block text-[0.82rem] text-ink-faint">{TRIGGERS[run.trigger]}</span>
      </Name>
      <Cell className="min-w-36">
        <Badge tone={status.tone}>{status.label}</Badge>
        {run.error_detail && (
          <span className="mt-1 block text-[0.85rem] text-ink-soft">{run.error_detail}</span>
        )}
      </Cell>
      <Cell end>{count(run.rows_new)}</Cell>
      <Cell end>{count(run.rows_changed)}</Cell>
      <Cell end>{count(run.rows_unchanged)}</Cell>
      <Cell end>{count(run.rows_flagged)}</Cell>
      <Cell end className="whitespace-nowrap">
        {tookText(run) ?? UNKNOWN}
      </Cell>
    </Row>
  );
}
