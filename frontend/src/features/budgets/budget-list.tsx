import { useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";

import { Card } from "@/components/ui/card";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";

import { budgetsQuery, keyNamesQuery } from "./api";
import { BudgetCard } from "./budget-card";
import { BudgetDialog } from "./budget-dialog";
import { DeleteBudget, DeletionToast } from "./delete-budget";
import { BudgetHistory } from "./history";
import { useDeletions } from "./use-deletions";

type Props = { workspaceId: string; mayEdit: boolean; nameOf: (userId: string) => string | null };

/** All budgets of the workspace; without any, what one would do. */
export function BudgetList({ workspaceId, mayEdit, nameOf }: Props) {
  const { data, error, refetch } = useQuery(budgetsQuery(workspaceId));
  const keyNames = useKeyNames(workspaceId);
  const deletions = useDeletions(workspaceId);
  if (!data) {
    return (
      <Card>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows label="Loading the budgets" />
        )}
      </Card>
    );
  }
  return (
    <div className="grid gap-3">
      {error && <ErrorState error={error} title="The budgets could not be refreshed; these are older" />}
      {deletions.error && <ErrorState error={deletions.error} />}
      {data.items.length === 0 && (
        <NoBudgets action={mayEdit && <BudgetDialog workspaceId={workspaceId} />} />
      )}
      {data.items.map((budget) => (
        <BudgetCard
          key={budget.id}
          budget={budget}
          keyNames={keyNames}
          actions={
            <>
              <BudgetHistory workspaceId={workspaceId} budget={budget} keyNames={keyNames} nameOf={nameOf} />
              {mayEdit && <BudgetDialog workspaceId={workspaceId} budget={budget} />}
              {mayEdit && <DeleteBudget budget={budget} deletions={deletions} />}
            </>
          }
        />
      ))}
      <DeletionToast deletions={deletions} />
    </div>
  );
}

function NoBudgets({ action }: { action: ReactNode }) {
  return (
    <Card>
      <Empty title="No budget yet" action={action}>
        A budget says how much may be spent in a period, by everything or by some of the calls. It tells you
        when a part of it is used, and can hold calls back before they are made.
        {!action && " Owners and admins set them."}
      </Empty>
    </Card>
  );
}

/** The names of keys by their ids; while they are not known, ids are shown shortened. */
export function useKeyNames(workspaceId: string): ReadonlyMap<string, string> {
  const { data } = useQuery(keyNamesQuery(workspaceId));
  return useMemo(() => new Map(data?.items.map(({ id, name }) => [id, name])), [data]);
}
