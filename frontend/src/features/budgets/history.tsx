import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Budget, BudgetChange } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Ago } from "@/components/ui/moment";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { budgetHistoryQuery } from "./api";
import { differences } from "./changes";

type Props = {
  workspaceId: string;
  budget: Budget;
  keyNames: ReadonlyMap<string, string>;
  nameOf: (userId: string) => string | null;
};

const ACTIONS = { created: "Set", changed: "Changed", deleted: "Deleted", restored: "Restored" } as const;

export function BudgetHistory(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        aria-label={`History of ${props.budget.name}`}
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
        title={`Changes of “${props.budget.name}”`}
        description="Newest first. Another amount, filter, period or threshold makes a new version, whose thresholds may be told anew."
      >
        <Changes {...props} />
      </Dialog>
    </>
  );
}

function Changes({ workspaceId, budget, ...words }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    budgetHistoryQuery(workspaceId, budget.id),
  );
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonRows label="Loading the history" />
    );
  }
  return (
    <div className="grid gap-3">
      <ol className="divide-y divide-line">
        {data.pages.flatMap(({ items }) =>
          items.map((change) => <Change key={change.id} change={change} {...words} />),
        )}
      </ol>
      {hasNextPage && (
        <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </div>
  );
}

type ChangeProps = { change: BudgetChange } & Pick<Props, "keyNames" | "nameOf">;

function Change({ change, keyNames, nameOf }: ChangeProps) {
  const by = change.changed_by === null ? null : nameOf(change.changed_by);
  return (
    <li className="py-3 first:pt-0">
      <p className="text-[0.93rem]">
        <strong className="font-semibold">{ACTIONS[change.action]}</strong>{" "}
        <Ago instant={change.changed_at} />
        {by !== null && ` by ${by}`}
        <span className="text-ink-faint"> · version {change.version}</span>
      </p>
      <ul className="mt-1 text-[0.9rem] text-ink-soft">
        {differences(change, keyNames).map(({ label, before, after }) => (
          <li key={label}>
            {label}:{" "}
            {before !== null && <span className="line-through decoration-line-strong">{before}</span>}
            {before !== null && after !== null && " → "}
            {after}
          </li>
        ))}
      </ul>
    </li>
  );
}
