import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Card } from "@/components/ui/card";
import { Empty, ErrorState, Loading, Skeleton } from "@/components/ui/states";

import { ingestStatsQuery } from "./api";
import { ArrivalsCard } from "./arrivals-card";
import { isUntouched, type Span } from "./health";
import { HealthFigures } from "./health-figures";
import { RejectionsCard } from "./rejections-card";
import { SendersCard } from "./senders-card";
import { SendingKeysCard } from "./sending-keys-card";

type Props = { workspaceId: string; span: Span; start: ReactNode };

/** What arrived, what became of it, and who sends; `start` leads to the first call. */
export function DataHealth({ workspaceId, span, start }: Props) {
  const { data: stats, error, refetch } = useQuery(ingestStatsQuery(workspaceId, span));
  if (!stats) {
    return error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <HealthSkeleton />;
  }
  if (isUntouched(stats)) {
    return (
      <Card>
        <Empty title="Nothing has arrived yet" action={start}>
          Every event that is sent here is accounted for on this page: stored, sent again, or rejected and
          why.
        </Empty>
      </Card>
    );
  }
  return (
    <div className="grid gap-3">
      {error && (
        <ErrorState
          error={error}
          title="The figures could not be refreshed; these are older"
          onRetry={() => void refetch()}
        />
      )}
      <HealthFigures stats={stats} />
      <ArrivalsCard stats={stats} />
      <RejectionsCard stats={stats} />
      <div className="grid items-start gap-3 xl:grid-cols-2">
        <SendingKeysCard keys={stats.api_keys} />
        <SendersCard senders={stats.senders} />
      </div>
    </div>
  );
}

function HealthSkeleton() {
  return (
    <Loading label="Loading what arrived">
      <div className="grid gap-3">
        <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
          {Array.from({ length: 4 }, (_, index) => (
            <Skeleton key={index} className="h-24 rounded-xl" />
          ))}
        </div>
        <Skeleton className="h-80 rounded-xl" />
      </div>
    </Loading>
  );
}
