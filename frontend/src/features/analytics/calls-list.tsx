import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { plural } from "@/lib/format";

import { callsQuery } from "./api";
import { CallsTable } from "./calls-table";
import type { CallsSearch } from "./filters";
import type { RepriceLink } from "./links";

type Props = {
  workspaceId: string;
  search: CallsSearch;
  repriceLink?: RepriceLink;
  /** The way to send the first one. */
  startLink?: ReactNode;
};

export function CallsList({ workspaceId, search, repriceLink, startLink }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    callsQuery(workspaceId, search),
  );
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Card>
        <SkeletonRows label="Loading calls" rows={10} />
      </Card>
    );
  }
  const calls = data.pages.flatMap((page) => page.items);
  if (calls.length === 0) {
    return (
      <Card>
        {Object.keys(search).length === 0 ? (
          <Empty title="No calls" action={startLink}>
            They show here a moment after they are sent.
          </Empty>
        ) : (
          <Empty title="No calls match">Take a filter away, or choose another month.</Empty>
        )}
      </Card>
    );
  }
  return (
    <Card>
      <CallsTable workspaceId={workspaceId} calls={calls} repriceLink={repriceLink} />
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3">
        <p role="status" className="text-[0.9rem] text-ink-faint">
          {hasNextPage
            ? `The newest ${plural(calls.length, "call")}.`
            : `${plural(calls.length, "call")}, all of them.`}
        </p>
        {hasNextPage && (
          <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Load more
          </Button>
        )}
      </div>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
    </Card>
  );
}
