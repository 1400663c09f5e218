import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { buttonClass } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { DataHealth } from "@/features/ingest/data-health";
import { SPANS } from "@/features/ingest/health";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/health");

export function HealthPage() {
  const { workspace } = route.useRouteContext();
  const { span = "week" } = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/health" });
  useTitle(`Data health, ${workspace.name}`);
  return (
    <>
      <PageHeader
        title="Data health"
        hint="What became of every event that was sent here, by when it arrived. Nothing is lost without a word."
      >
        <Segmented
          label="Period"
          value={span}
          options={SPANS}
          onChange={(next) => void navigate({ search: { span: next }, resetScroll: false })}
        />
      </PageHeader>
      <DataHealth
        workspaceId={workspace.id}
        span={span}
        start={
          <Link to="/w/$workspace/start" params={{ workspace: workspace.slug }} className={buttonClass()}>
            Send a call
          </Link>
        }
      />
    </>
  );
}
