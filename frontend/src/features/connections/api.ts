import { infiniteQueryOptions, queryOptions, type QueryClient } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { Connection, NewBalance, NewConnection, SyncRun } from "@/api/types";
import { LIVE_MS } from "@/lib/query";

import { foreignCurrencies, type RateDay } from "./exchange-rates";
import { isOpen } from "./rules";

/** A run is asked for again this often where its events do not reach the page. */
const RUNNING_MS = 1_000;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });
const one = (workspaceId: string, id: string) => ({ workspace_id: workspaceId, connection_id: id });

export const providersQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["providers", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/providers", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    staleTime: Infinity,
  });

export const connectionsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["connections", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/connections", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export const deletionQuery = (workspaceId: string, id: string) =>
  queryOptions({
    queryKey: ["connections", workspaceId, "deletion", id],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/connections/{connection_id}/deletion", {
          params: { path: one(workspaceId, id) },
        }),
      ),
  });

export const runsQuery = (workspaceId: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ["sync-runs", workspaceId, "of", id],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/connections/{connection_id}/sync-runs", {
          params: {
            path: one(workspaceId, id),
            query: pageParam === null ? {} : { cursor: pageParam },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
  });

/** One run. Its events write into this entry; while they do not come, it is asked for. */
export const runQuery = (workspaceId: string, run: SyncRun, isFollowed: boolean) =>
  queryOptions({
    queryKey: ["sync-runs", workspaceId, "one", run.id],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/sync-runs/{run_id}", {
          params: { path: { workspace_id: workspaceId, run_id: run.id } },
        }),
      ),
    placeholderData: run,
    enabled: !isFollowed,
    refetchInterval: (query) => (!query.state.data || isOpen(query.state.data) ? RUNNING_MS : false),
  });

export const runEventsAddress = (workspaceId: string, runId: string) =>
  `/api/v1/workspaces/${workspaceId}/sync-runs/${runId}/events`;

/** What a finished sync, or a deleted connection, makes old: connections, their runs, and every figure. */
export async function refreshFigures(queryClient: QueryClient, workspaceId: string) {
  const stale = ["connections", "sync-runs", "credits", "summary", "trend", "breakdown", "reconciliation"];
  await Promise.all(stale.map((name) => queryClient.invalidateQueries({ queryKey: [name, workspaceId] })));
}

export const createConnection = (workspaceId: string, body: NewConnection) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/connections", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

export const updateConnection = (
  workspaceId: string,
  id: string,
  body: { label?: string; paused?: boolean },
): Promise<Connection> =>
  unwrap(
    client.PATCH("/api/v1/workspaces/{workspace_id}/connections/{connection_id}", {
      params: { path: one(workspaceId, id) },
      body,
    }),
  );

export const rotateKey = (workspaceId: string, id: string, apiKey: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/connections/{connection_id}/rotate-key", {
      params: { path: one(workspaceId, id) },
      body: { api_key: apiKey },
    }),
  );

/** Tries the stored key again; what the provider says of it now comes back with the connection. */
export const verifyKey = (workspaceId: string, id: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/connections/{connection_id}/verify", {
      params: { path: one(workspaceId, id) },
    }),
  );

export const syncNow = (workspaceId: string, id: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/connections/{connection_id}/sync", {
      params: { path: one(workspaceId, id) },
    }),
  );

export const deleteConnection = (workspaceId: string, id: string, data: "keep" | "delete") =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/connections/{connection_id}", {
      params: { path: one(workspaceId, id), query: { data } },
    }),
  );

export const creditsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["credits", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/credits", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export const createBalance = (workspaceId: string, body: NewBalance) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/credits", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

export const deleteBalance = (workspaceId: string, id: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/credits/{balance_id}", {
      params: { path: { workspace_id: workspaceId, balance_id: id } },
    }),
  );

export const exchangeRatesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["exchange-rates", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/exchange-rates", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

/** This month and the last, only to learn which currencies they hold beside the dollar. */
export const currenciesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["summary", workspaceId, "currencies"],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/summary", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    select: foreignCurrencies,
  });

/** Puts a rate in the place of the one of that day, or takes it away: `rate` null. */
export async function keepRate(workspaceId: string, { currency, day }: RateDay, rate: string | null) {
  const path = inWorkspace(workspaceId);
  if (rate === null) {
    const query = { currency, day };
    await unwrap(
      client.DELETE("/api/v1/workspaces/{workspace_id}/exchange-rates", { params: { path, query } }),
    );
  } else {
    const body = { currency, day, usd_per_unit: rate };
    await unwrap(client.PUT("/api/v1/workspaces/{workspace_id}/exchange-rates", { params: { path }, body }));
  }
}
