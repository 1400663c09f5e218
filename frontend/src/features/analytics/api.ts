import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { CallsQuery, Reconciliation } from "@/api/types";
import { periodOf } from "@/lib/dates";
import { LIVE_MS } from "@/lib/query";

import type { CallsSearch, Dimension, Group, ShownLedger } from "./filters";

const PAGE_SIZE = 50;
const RECENT = 8;
const MAX_TAGS = 200;
const TAGS_STAY_MS = 300_000;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });

/** A month at a glance; without a ledger the server chooses the one that covers it best, and says which. */
export const summaryQuery = (workspaceId: string, month: string, ledger?: ShownLedger) =>
  queryOptions({
    queryKey: ["summary", workspaceId, month, ledger],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/summary", {
          params: { path: inWorkspace(workspaceId), query: { month, ...(ledger && { ledger }) } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export type TrendFilter = { month: string; day?: string; group?: Group; ledger: ShownLedger };

/** A month by day, or one day by hour. */
export const trendQuery = (workspaceId: string, { month, day, group, ledger }: TrendFilter) =>
  queryOptions({
    queryKey: ["trend", workspaceId, month, day, group, ledger],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/trend", {
          params: {
            path: inWorkspace(workspaceId),
            query: {
              ...periodOf(month, day),
              granularity: day === undefined ? "day" : "hour",
              ...(group && { group_by: group }),
              ledger,
            },
          },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export type BreakdownFilter = { month: string; by: Dimension; tag?: string; ledger: ShownLedger };

/** The dearest groups, the rest as one; as many as the server tells of by itself, or `limit`. */
export const breakdownQuery = (workspaceId: string, filter: BreakdownFilter, limit?: number) =>
  queryOptions({
    queryKey: ["breakdown", workspaceId, filter, limit],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/breakdown", {
          params: { path: inWorkspace(workspaceId), query: { ...filter, limit } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

/** What the month's calls can be split by beside their own fields. */
export const tagsQuery = (workspaceId: string, month: string) =>
  queryOptions({
    queryKey: ["tags", workspaceId, month],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/tags", {
          params: { path: inWorkspace(workspaceId), query: { month, limit: MAX_TAGS } },
        }),
      ),
    staleTime: TAGS_STAY_MS,
  });

export type ReconciliationBy = Reconciliation["by"];

/** What was tracked beside what was billed, by one dimension. */
export const reconciliationQuery = (workspaceId: string, month: string, by: ReconciliationBy) =>
  queryOptions({
    queryKey: ["reconciliation", workspaceId, month, by],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/reconciliation", {
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

/** One call with the arithmetic of its cost. */
export const callQuery = (workspaceId: string, eventId: string) =>
  queryOptions({
    queryKey: ["calls", workspaceId, "one", eventId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/calls/{event_id}", {
          params: { path: { workspace_id: workspaceId, event_id: eventId } },
        }),
      ),
  });

/** Models without a price, most calls first; a page at a time. */
export const unpricedModelsQuery = (workspaceId: string, month: string) =>
  infiniteQueryOptions({
    queryKey: ["unpriced-models", workspaceId, month],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/unpriced-models", {
          params: {
            path: inWorkspace(workspaceId),
            query: { month, ...(pageParam !== null && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
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

/** Addresses of files: the same questions, answered as tables. */
export function breakdownCsv(workspaceId: string, filter: BreakdownFilter): string {
  return csv(workspaceId, "breakdown", { ...filter });
}

export function callsCsv(workspaceId: string, search: CallsSearch): string {
  return csv(workspaceId, "calls", asQuery(search) as Record<string, string>);
}

function csv(workspaceId: string, question: string, query: Record<string, string>): string {
  return `/api/v1/workspaces/${workspaceId}/${question}.csv?${new URLSearchParams(query).toString()}`;
}
