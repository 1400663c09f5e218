import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { buttonClass } from "@/components/ui/button";
import { AlertDetail } from "@/features/alerts/alert-detail";
import { AlertList } from "@/features/alerts/alert-list";
import type { AlertsSearch } from "@/features/alerts/search";

import { InnerLink } from "@/app/inner-link";
import { useNames } from "@/app/use-names";
import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/alerts");

export function AlertsPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/alerts" });
  const nameOf = useNames(workspace.id);
  useTitle(`Alerts, ${workspace.name}`);
  const show = (next: AlertsSearch) => void navigate({ search: next, resetScroll: false });
  return (
    <>
      <PageHeader
        title="Alerts"
        hint="What somebody should know: what happened, what drove it, and where to look."
      >
        <Link
          to="/w/$workspace/settings/alerts"
          params={{ workspace: workspace.slug }}
          className={buttonClass({ look: "secondary" })}
        >
          Settings and channels
        </Link>
      </PageHeader>
      <AlertList
        workspaceId={workspace.id}
        search={search}
        onChange={show}
        onOpen={(id) => {
          show({ ...search, id });
        }}
      />
      {search.id !== undefined && (
        <AlertDetail
          key={search.id}
          workspaceId={workspace.id}
          id={search.id}
          mayAct={workspace.role !== "viewer"}
          nameOf={nameOf}
          linkTo={(path) => <InnerLink workspace={workspace.slug} path={path} />}
          onClose={() => {
            show({ ...search, id: undefined });
          }}
        />
      )}
    </>
  );
}
