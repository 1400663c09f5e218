import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";

import type { Summary } from "@/api/types";
import { PageHeader } from "@/components/layout/page-header";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState } from "@/components/ui/states";
import { summaryQuery } from "@/features/analytics/api";
import { BreakdownCard } from "@/features/analytics/breakdown-card";
import { Figures, FiguresSkeleton } from "@/features/analytics/figures";
import type { OverviewSearch } from "@/features/analytics/filters";
import { MonthSwitcher } from "@/features/analytics/month-switcher";
import { RecentCalls } from "@/features/analytics/recent-calls";
import { lastMonthWithCalls } from "@/features/analytics/rules";
import { TrendCard } from "@/features/analytics/trend-card";
import { UnpricedNotice } from "@/features/analytics/unpriced-notice";
import { currentMonth, monthLabel } from "@/lib/dates";

import { callsLinkFor } from "@/app/calls-link";
import { repriceLinkFor } from "@/app/reprice-link";
import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/");

export function OverviewPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace" });
  const month = search.month ?? currentMonth();
  useTitle(`${monthLabel(month)}, ${workspace.name}`);
  const summary = useQuery(summaryQuery(workspace.id, month));
  const callsLink = useMemo(() => callsLinkFor(workspace.slug), [workspace.slug]);
  const repriceLink = useMemo(() => repriceLinkFor(workspace.slug), [workspace.slug]);
  const change = (patch: OverviewSearch) =>
    void navigate({ search: (before) => ({ ...before, ...patch }), resetScroll: false });

  return (
    <>
      <PageHeader title="Overview" hint={summary.data && <Freshness summary={summary.data} />}>
        <MonthSwitcher
          month={month}
          onChange={(next) => {
            change({ month: next === currentMonth() ? undefined : next, day: undefined });
          }}
        />
      </PageHeader>
      {summary.error && (
        <div className="mb-3">
          <ErrorState
            error={summary.error}
            title={summary.data && "The figures could not be refreshed; these are older"}
            onRetry={() => void summary.refetch()}
          />
        </div>
      )}
      {!summary.data ? (
        !summary.error && <FiguresSkeleton />
      ) : !summary.data.has_data ? (
        <EmptyMonth summary={summary.data} workspace={workspace.slug} />
      ) : (
        <div className="grid gap-3">
          <UnpricedNotice
            summary={summary.data}
            callsLink={callsLink}
            inboxLink={
              <Link
                to="/w/$workspace/unpriced"
                params={{ workspace: workspace.slug }}
                search={search.month === undefined ? {} : { month }}
                className="font-medium text-warn underline underline-offset-3"
              >
                Find their prices
              </Link>
            }
          />
          <Figures summary={summary.data} />
          <TrendCard
            workspaceId={workspace.id}
            month={month}
            day={search.day}
            group={search.group ?? "provider"}
            measure={search.measure ?? "cost"}
            onChange={change}
          />
          <div className="grid gap-3 xl:grid-cols-[1.15fr_1fr]">
            <BreakdownCard
              workspaceId={workspace.id}
              month={month}
              by={search.by ?? "model"}
              onChange={change}
              callsLink={callsLink}
            />
            <RecentCalls
              workspaceId={workspace.id}
              month={month}
              callsLink={callsLink}
              repriceLink={repriceLink}
            />
          </div>
        </div>
      )}
    </>
  );
}

function Freshness({ summary }: { summary: Summary }): ReactNode {
  const { last_event_at: lastEvent } = summary.freshness;
  if (lastEvent === null) return "No call has arrived yet";
  return (
    <>
      Refreshes by itself · last call <Ago instant={lastEvent} />
    </>
  );
}

/** A month without calls says so, and points to where the calls are or how to send one. */
function EmptyMonth({ summary, workspace }: { summary: Summary; workspace: string }) {
  const last = lastMonthWithCalls(summary);
  return (
    <Card>
      <Empty
        title={`No calls in ${monthLabel(summary.month)}`}
        action={
          last === null ? (
            <Link to="/w/$workspace/start" params={{ workspace }} className={buttonClass()}>
              Send a call
            </Link>
          ) : (
            <Link
              to="/w/$workspace"
              params={{ workspace }}
              search={{ month: last }}
              className={buttonClass()}
            >
              Go to {monthLabel(last)}
            </Link>
          )
        }
      >
        {last === null
          ? "Nothing has been sent to this workspace yet, so there is nothing to add up."
          : `The last call of this workspace was made in ${monthLabel(last)}.`}
      </Empty>
    </Card>
  );
}
