import { getRouteApi } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { BudgetDialog } from "@/features/budgets/budget-dialog";
import { BudgetList } from "@/features/budgets/budget-list";
import { isAdmin } from "@/features/workspaces/rules";

import { useNames } from "@/app/use-names";
import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/planning/budgets");

export function BudgetsPage() {
  const { workspace } = route.useRouteContext();
  useTitle(`Budgets, ${workspace.name}`);
  const mayEdit = isAdmin(workspace.role);
  const nameOf = useNames(workspace.id);
  return (
    <>
      <PageHeader
        title="Budgets"
        hint="How much may be spent, by everything or by some of the calls; who is told, and what is held back."
      >
        {mayEdit && <BudgetDialog workspaceId={workspace.id} />}
      </PageHeader>
      <BudgetList workspaceId={workspace.id} mayEdit={mayEdit} nameOf={nameOf} />
    </>
  );
}
