import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";

import type { Ledger, Summary } from "@/api/types";
import { PageHeader } from "@/components/layout/page-header";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState } from "@/components/ui/states";
import { summaryQuery } from "@/features/analytics/api";
import { BreakdownCard } from "@/features/analytics/breakdown-card";
import { Figures, FiguresSkeleton } from "@/features/analytics/figures";
import type { OverviewSearch } from "@/features/analytics/filters";
import { LedgerSwitch } from "@/features/analytics/ledger-switch";
import { MonthSwitcher } from "@/features/analytics/month-switcher";
import { RecentCalls } from "@/features/analytics/recent-calls";
import { ReconciliationCard } from "@/features/analytics/reconciliation-card";
import { hasBothSides, lastDay, lastMonthWithCalls, shownLedger } from "@/features/analytics/rules";
import { TrendCard } from "@/features/analytics/trend-card";
import { UnpricedNotice } from "@/features/analytics/unpriced-notice";
import { budgetsQuery } from "@/features/budgets/api";
import { BudgetBanners } from "@/features/budgets/budget-banners";
import { BudgetFigure } from "@/features/budgets/budget-figure";
import { ForecastFigure } from "@/features/forecasts/forecast-figure";
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
  // budgets and the forecast are of the present
  const isNow = month === currentMonth();
  useTitle(`${monthLabel(month)}, ${workspace.name}`);
  const summary = useQuery(summaryQuery(workspace.id, month, search.ledger));
  // what they warn of stands above the figures: asked for beside them, so that nothing moves when it comes
  const budgets = useQuery({ ...budgetsQuery(workspace.id), enabled: isNow });
  const isWarned = !isNow || !budgets.isPending || budgets.failureCount > 0;
  const ledger = shownLedger(summary.data ?? { ledger: "tracked" });
  const callsLink = useMemo(() => callsLinkFor(workspace.slug), [workspace.slug]);
  const repriceLink = useMemo(() => repriceLinkFor(workspace.slug), [workspace.slug]);
  const change = (patch: OverviewSearch) =>
    void navigate({ search: (before) => ({ ...before, ...patch }), resetScroll: false });

  return (
    <>
      <PageHeader title="Overview" hint={summary.data && <Freshness summary={summary.data} />}>
        <div className="flex max-w-full flex-wrap items-center gap-x-4 gap-y-2">
          {summary.data && (
            <LedgerSwitch
              summary={summary.data}
              onChange={(ledger) => {
                change({ ledger });
              }}
            />
          )}
          <MonthSwitcher
            month={month}
            onChange={(next) => {
              change({ month: next === currentMonth() ? undefined : next, day: undefined });
            }}
          />
        </div>
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
      {!summary.data || !isWarned ? (
        !summary.error && <FiguresSkeleton />
      ) : !summary.data.has_data ? (
        <EmptyMonth summary={summary.data} workspace={workspace.slug} />
      ) : (
        <div className="grid gap-3">
          {isNow && (
            <BudgetBanners
              workspaceId={workspace.id}
              link={<PlanningLink to="/w/$workspace/budgets" workspace={workspace.slug} label="Budgets" />}
            />
          )}
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
          {isNow && (
            <div className="grid gap-3 lg:grid-cols-2">
              <BudgetFigure
                workspaceId={workspace.id}
                ofMonth={summary.data.budget?.id ?? null}
                link={
                  <PlanningLink to="/w/$workspace/budgets" workspace={workspace.slug} label="All budgets" />
                }
              />
              <ForecastFigure
                workspaceId={workspace.id}
                ledger={ledger === "billed" ? "billed" : "tracked"}
                link={
                  <PlanningLink to="/w/$workspace/forecast" workspace={workspace.slug} label="Forecast" />
                }
              />
            </div>
          )}
          {summary.data.ledger !== "credits" && (
            <TrendCard
              workspaceId={workspace.id}
              month={month}
              day={search.day}
              ledger={ledger}
              group={search.group}
              measure={search.measure ?? "cost"}
              onChange={change}
            />
          )}
          {/* a last card without a neighbour takes the whole width */}
          <div className="grid gap-3 xl:grid-cols-[1.15fr_1fr] [&>:last-child:nth-child(odd)]:col-span-full">
            {summary.data.ledger !== "credits" && (
              <BreakdownCard
                workspaceId={workspace.id}
                month={month}
                ledger={ledger}
                by={search.by}
                tag={search.tag}
                onChange={change}
                callsLink={callsLink}
              />
            )}
            {hasBothSides(summary.data) && <ReconciliationCard workspaceId={workspace.id} month={month} />}
            {ledger === "tracked" && (
              <RecentCalls
                workspaceId={workspace.id}
                month={month}
                callsLink={callsLink}
                repriceLink={repriceLink}
              />
            )}
          </div>
        </div>
      )}
    </>
  );
}

type PlanningLinkProps = {
  to: "/w/$workspace/budgets" | "/w/$workspace/forecast";
  workspace: string;
  label: string;
};

function PlanningLink({ to, workspace, label }: PlanningLinkProps) {
  return (
    <Link
      to={to}
      params={{ workspace }}
      className="text-[0.93rem] font-medium text-accent underline underline-offset-3"
    >
      {label}
    </Link>
  );
}

const LEDGER_NAMES = {
  billed: "What the providers charge",
  reported: "What the providers counted",
  credits: "What went from prepaid balances",
} as const;

/** Names the ledger that is shown, and how far and how fresh it is. */
function Freshness({ summary }: { summary: Summary }): ReactNode {
  const { last_event_at: lastEvent, billed_until: until, last_synced_at: synced } = summary.freshness;
  if (summary.ledger !== "tracked") {
    return (
      <>
        {LEDGER_NAMES[summary.ledger]}
        {summary.ledger === "billed" && until && <> · billed until {lastDay(until)}</>}
        {synced && (
          <>
            {" "}
            · synced <Ago instant={synced} />
          </>
        )}
      </>
    );
  }
  if (lastEvent === null) return "No call has arrived yet";
  return (
    <>
      Refreshes by itself · last call <Ago instant={lastEvent} />
    </>
  );
}

const NOTHING: Record<Ledger, string> = {
  tracked: "No calls",
  billed: "Nothing was billed",
  reported: "Nothing was counted",
  credits: "Nothing was spent",
};

/** A month without calls says so, and points to where the calls are or how to send one. */
function EmptyMonth({ summary, workspace }: { summary: Summary; workspace: string }) {
  const last = lastMonthWithCalls(summary);
  return (
    <Card>
      <Empty
        title={`${NOTHING[summary.ledger]} in ${monthLabel(summary.month)}`}
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
