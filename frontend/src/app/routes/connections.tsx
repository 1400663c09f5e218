import { getRouteApi } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { ConnectDialog } from "@/features/connections/connect-dialog";
import { ConnectionList } from "@/features/connections/connection-list";
import { CreditsCard } from "@/features/connections/credits-card";
import { ExchangeRatesCard } from "@/features/connections/exchange-rates-card";
import { isAdmin } from "@/features/workspaces/rules";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/connections");

export function ConnectionsPage() {
  const { workspace } = route.useRouteContext();
  useTitle(`Connections, ${workspace.name}`);
  const mayEdit = isAdmin(workspace.role);
  return (
    <>
      <PageHeader
        title="Connections"
        hint="What providers say themselves: their bills, their counts of usage, and what is left of your credits."
      >
        {mayEdit && <ConnectDialog workspaceId={workspace.id} />}
      </PageHeader>
      <div className="grid gap-3">
        <ConnectionList workspaceId={workspace.id} mayEdit={mayEdit} />
        <CreditsCard workspaceId={workspace.id} mayEdit={mayEdit} />
        <ExchangeRatesCard workspaceId={workspace.id} mayEdit={mayEdit} />
      </div>
    </>
  );
}
