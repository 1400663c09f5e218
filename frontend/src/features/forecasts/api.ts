import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { Forecast } from "@/api/types";
import { periodOf } from "@/lib/dates";

export type Ledger = Forecast["ledger"];

/** A forecast follows the days, not the calls. */
const STAYS_MS = 60_000;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });

/** Where the current month leads. */
export const forecastQuery = (workspaceId: string, ledger: Ledger) =>
  queryOptions({
    queryKey: ["forecast", workspaceId, ledger],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/forecast", {
          params: { path: inWorkspace(workspaceId), query: { ledger } },
        }),
      ),
    staleTime: STAYS_MS,
    refetchInterval: STAYS_MS,
  });

/** What was said on each day of a month, against what came. */
export const pastForecastsQuery = (workspaceId: string, month: string, ledger: Ledger) =>
  queryOptions({
    queryKey: ["forecasts", workspaceId, month, ledger],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/forecasts", {
          params: { path: inWorkspace(workspaceId), query: { month, ledger } },
        }),
      ),
    staleTime: STAYS_MS,
  });

/** What each day of the month cost so far. */
export const spentQuery = (workspaceId: string, month: string, ledger: Ledger) =>
  queryOptions({
    queryKey: ["trend", workspaceId, month, "forecast", ledger],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/trend", {
          params: {
            path: inWorkspace(workspaceId),
            query: { ...periodOf(month), granularity: "day", ledger },
          },
        }),
      ),
    staleTime: STAYS_MS,
    refetchInterval: STAYS_MS,
  });
