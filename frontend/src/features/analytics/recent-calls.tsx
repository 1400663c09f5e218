import { useQuery } from "@tanstack/react-query";

import { Card } from "@/components/ui/card";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { monthLabel } from "@/lib/dates";

import { recentCallsQuery } from "./api";
import { CallsTable } from "./calls-table";
import type { CallsLink, RepriceLink } from "./links";

type Props = { workspaceId: string; month: string; callsLink: CallsLink; repriceLink?: RepriceLink };

export function RecentCalls({ workspaceId, month, callsLink, repriceLink }: Props) {
  const { data, error, refetch } = useQuery(recentCallsQuery(workspaceId, month));
  return (
    <Card
      title="Recent calls"
      hint="Newest first"
      actions={callsLink(
        { month },
        "All calls",
        "font-medium text-accent underline-offset-3 hover:underline",
      )}
    >
      {data ? (
        data.items.length > 0 ? (
          <CallsTable workspaceId={workspaceId} calls={data.items} dense repriceLink={repriceLink} />
        ) : (
          <Empty title={`No calls in ${monthLabel(month)}`} />
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading recent calls" rows={6} />
      )}
    </Card>
  );
}
