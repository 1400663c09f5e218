import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useChildMatches } from "@tanstack/react-router";
import { useEffect } from "react";

import { AppShell } from "@/components/layout/app-shell";
import { ThemeButton } from "@/components/layout/theme-button";
import { Mark } from "@/components/ui/wordmark";
import { meQuery } from "@/features/auth/api";
import { DeletionBanner } from "@/features/workspaces/deletion-banner";
import { isLeaving } from "@/features/workspaces/rules";

import { AccountMenu } from "@/app/account-menu";
import { AlertBell } from "@/app/alert-bell";
import { rememberWorkspace } from "@/app/session";
import { WorkspaceSwitcher } from "@/app/workspace-switcher";

const route = getRouteApi("/signed-in/w/$workspace");

const NAV_LINK =
  "relative inline-flex min-h-11 items-center px-1.5 text-[0.9rem] font-medium whitespace-nowrap sm:px-2.5 sm:text-[0.95rem] text-ink-soft hover:text-ink lg:min-h-14 " +
  "after:absolute after:inset-x-1.5 after:bottom-0 sm:after:inset-x-2.5 after:h-0.5 after:bg-transparent data-[status=active]:text-ink data-[status=active]:after:bg-accent";

export function WorkspaceLayout() {
  const context = route.useRouteContext();
  const { data: me = context.me } = useQuery(meQuery);
  // The list may be fresher than what the guard saw: a rename shows at once.
  const workspace = me.workspaces.find(({ id }) => id === context.workspace.id) ?? context.workspace;
  useEffect(() => {
    rememberWorkspace(workspace.id);
  }, [workspace.id]);
  const queryClient = useQueryClient();
  const params = { workspace: workspace.slug };
  // several addresses are one room
  const rooms = useChildMatches({ select: (matches) => matches.map(({ routeId }) => routeId) });
  const inPricing = rooms.includes("/signed-in/w/$workspace/pricing");
  const inPlanning = rooms.includes("/signed-in/w/$workspace/planning");
  return (
    <AppShell
      brand={
        <Link to="/" aria-label="TokenBoard, home" className="flex min-h-11 items-center gap-2.5 lg:min-h-14">
          <Mark />
          <span className="hidden text-[1.05rem] font-semibold tracking-tight md:inline">TokenBoard</span>
        </Link>
      }
      switcher={<WorkspaceSwitcher current={workspace} workspaces={me.workspaces} />}
      nav={
        <>
          <Link
            to="/w/$workspace"
            params={params}
            activeOptions={{ exact: true, includeSearch: false }}
            className={NAV_LINK}
          >
            Overview
          </Link>
          <Link
            to="/w/$workspace/calls"
            params={params}
            activeOptions={{ includeSearch: false }}
            className={NAV_LINK}
          >
            Calls
          </Link>
          <Link
            to="/w/$workspace/health"
            params={params}
            activeOptions={{ includeSearch: false }}
            className={NAV_LINK}
          >
            Data health
          </Link>
          <Link to="/w/$workspace/connections" params={params} className={NAV_LINK}>
            Connections
          </Link>
          <Link
            to="/w/$workspace/prices"
            params={params}
            activeOptions={{ includeSearch: false }}
            className={NAV_LINK}
            {...(inPricing && { "data-status": "active", "aria-current": "true" })}
          >
            Prices
          </Link>
          <Link
            to="/w/$workspace/budgets"
            params={params}
            className={NAV_LINK}
            {...(inPlanning && { "data-status": "active", "aria-current": "true" })}
          >
            Budgets
          </Link>
          <Link to="/w/$workspace/settings" params={params} className={NAV_LINK}>
            Settings
          </Link>
        </>
      }
      tools={
        <>
          <AlertBell workspace={workspace} />
          <ThemeButton />
          <AccountMenu user={me.user} workspace={workspace} />
        </>
      }
    >
      {isLeaving(workspace) && (
        <DeletionBanner
          workspace={workspace}
          onKept={() => queryClient.invalidateQueries({ queryKey: meQuery.queryKey })}
        />
      )}
      <Outlet />
    </AppShell>
  );
}
