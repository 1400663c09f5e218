import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { CallsQuery } from "@/api/types";
import { periodOf } from "@/lib/dates";
import { LIVE_MS } from "@/lib/query";

import type { CallsSearch, Dimension, Group } from "./filters";

const PAGE_SIZE = 50;
const RECENT = 8;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });

export const summaryQuery = (workspaceId: string, month: string) =>
  queryOptions({
    queryKey: ["summary", workspaceId, month],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/summary", {
          params: { path: inWorkspace(workspaceId), query: { month } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export type TrendFilter = { month: string; day?: string; group?: Group };

/** A month by day, or one day by hour. */
export const trendQuery = (workspaceId: string, { month, day, group }: TrendFilter) =>
  queryOptions({
    queryKey: ["trend", workspaceId, month, day, group],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/trend", {
          params: {
            path: inWorkspace(workspaceId),
            query: {
              ...periodOf(month, day),
              granularity: day === undefined ? "day" : "hour",
              ...(group && { group_by: group }),
            },
          },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export const breakdownQuery = (workspaceId: string, month: string, by: Dimension) =>
  queryOptions({
    queryKey: ["breakdown", workspaceId, month, by],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/breakdown", {
          params: { path: inWorkspace(workspaceId), query: { month, by } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

const listCalls = (workspaceId: string, query: CallsQuery) =>
  unwrap(
    client.GET("/api/v1/workspaces/{workspace_id}/calls", {
      params: { path: inWorkspace(workspaceId), query },
    }),
  );

export const recentCallsQuery = (workspaceId: string, month: string) =>
  queryOptions({
    queryKey: ["calls", workspaceId, "recent", month],
    queryFn: () => listCalls(workspaceId, { ...periodOf(month), limit: RECENT }),
    refetchInterval: LIVE_MS,
  });

function asQuery({ month, day, ...filters }: CallsSearch): CallsQuery {
  return { ...(month !== undefined && periodOf(month, day)), ...filters };
}

/** Pages of calls, newest first. Only the first page is live: more would move under the reader's eyes. */
export const callsQuery = (workspaceId: string, search: CallsSearch) =>
  infiniteQueryOptions({
    queryKey: ["calls", workspaceId, "all", search],
    queryFn: ({ pageParam }) =>
      listCalls(workspaceId, {
        ...asQuery(search),
        limit: PAGE_SIZE,
        ...(pageParam !== null && { cursor: pageParam }),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 1,
  });
