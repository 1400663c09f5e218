import { useInfiniteQuery } from "@tanstack/react-query";

import type { Repricing } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";

import { repricingsQuery } from "./api";
import { resultText, scopeText, STATUSES } from "./rules";

type Props = { workspaceId: string; openId?: string; onOpen: (id: string) => void };

/** All re-pricings of the workspace, newest first: who asked for what, and what became of it. */
export function RepricingList({ workspaceId, openId, onOpen }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    repricingsQuery(workspaceId),
  );
  const all = data?.pages.flatMap((page) => page.items);
  return (
    <Card title="History" hint="Newest first">
      {all ? (
        all.length > 0 ? (
          <ul className="divide-y divide-line">
            {all.map((each) => (
              <Item
                key={each.id}
                repricing={each}
                isOpen={each.id === openId}
                onOpen={() => {
                  onOpen(each.id);
                }}
              />
            ))}
          </ul>
        ) : (
          <Empty title="Nothing has been priced again yet">
            Past calls keep the cost they were recorded with until somebody asks for a preview and applies it.
          </Empty>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the history" />
      )}
      {hasNextPage && (
        <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </Card>
  );
}

function Item({ repricing, isOpen, onOpen }: { repricing: Repricing; isOpen: boolean; onOpen: () => void }) {
  const status = STATUSES[repricing.status];
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <button
          type="button"
          onClick={onOpen}
          aria-current={isOpen || undefined}
          className="text-left font-medium underline-offset-3 hover:underline aria-[current]:text-accent"
        >
          {scopeText(repricing)}
        </button>
        <p className="text-[0.87rem] text-ink-faint">
          {repricing.summary.calls > 0 ? resultText(repricing) : "no calls"} · asked for{" "}
          <Ago instant={repricing.created_at} />
        </p>
      </div>
      <Badge tone={status.tone}>{status.label}</Badge>
    </li>
  );
}
