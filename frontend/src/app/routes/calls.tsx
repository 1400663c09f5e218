import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";

import { PageHeader } from "@/components/layout/page-header";
import { Button, buttonClass } from "@/components/ui/button";
import { CsvLink } from "@/components/ui/csv-link";
import { callsCsv } from "@/features/analytics/api";
import { CallsFilter } from "@/features/analytics/calls-filter";
import { CallsList } from "@/features/analytics/calls-list";
import type { CallsSearch } from "@/features/analytics/filters";
import { MonthSwitcher } from "@/features/analytics/month-switcher";
import { currentMonth } from "@/lib/dates";

import { repriceLinkFor } from "@/app/reprice-link";
import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/calls");

export function CallsPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/calls" });
  const repriceLink = useMemo(() => repriceLinkFor(workspace.slug), [workspace.slug]);
  useTitle(`Calls, ${workspace.name}`);
  const go = (next: CallsSearch) => void navigate({ search: next });
  return (
    <>
      <PageHeader title="Calls" hint="Every recorded call, newest first, with what it cost and why.">
        <div className="flex flex-wrap items-center gap-2">
          {search.month === undefined ? (
            <Button
              look="secondary"
              size="sm"
              onClick={() => {
                go({ ...search, month: currentMonth() });
              }}
            >
              All time · choose a month
            </Button>
          ) : (
            <div className="flex flex-wrap items-center gap-1">
              <MonthSwitcher
                month={search.month}
                onChange={(month) => {
                  go({ ...search, month, day: undefined });
                }}
              />
              <Button
                look="quiet"
                size="sm"
                onClick={() => {
                  go({ ...search, month: undefined, day: undefined });
                }}
              >
                All time
              </Button>
            </div>
          )}
          <CsvLink href={callsCsv(workspace.id, search)} label="Download these calls as CSV" />
        </div>
      </PageHeader>
      <CallsFilter search={search} onChange={go} />
      <CallsList
        workspaceId={workspace.id}
        search={search}
        repriceLink={repriceLink}
        startLink={
          <Link to="/w/$workspace/start" params={{ workspace: workspace.slug }} className={buttonClass()}>
            Send a call
          </Link>
        }
      />
    </>
  );
}
