import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { NewBudget } from "@/api/types";
import { LIVE_MS } from "@/lib/query";

import type { Suggested } from "./filtering";

const SUGGESTIONS_STAY_MS = 300_000;
const MOST_VALUES = 500;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });
const one = (workspaceId: string, id: string) => ({ workspace_id: workspaceId, budget_id: id });

/** All budgets, each with where it stands now. */
export const budgetsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["budgets", workspaceId, "all"],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/budgets", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

export const budgetHistoryQuery = (workspaceId: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ["budgets", workspaceId, "history", id],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/budgets/{budget_id}/history", {
          params: { path: one(workspaceId, id), query: pageParam === null ? {} : { cursor: pageParam } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

/** Makes a budget, or gives another terms. */
export const keepBudget = (workspaceId: string, id: string | null, body: NewBudget) =>
  id === null
    ? unwrap(
        client.POST("/api/v1/workspaces/{workspace_id}/budgets", {
          params: { path: inWorkspace(workspaceId) },
          body,
        }),
      )
    : unwrap(
        client.PATCH("/api/v1/workspaces/{workspace_id}/budgets/{budget_id}", {
          params: { path: one(workspaceId, id) },
          body,
        }),
      );

export const deleteBudget = (workspaceId: string, id: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/budgets/{budget_id}", {
      params: { path: one(workspaceId, id) },
    }),
  );

/** Takes a deletion back. */
export const restoreBudget = (workspaceId: string, id: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/budgets/{budget_id}/restore", {
      params: { path: one(workspaceId, id) },
    }),
  );

/** Values that calls of the month had, to choose from; any other may be typed. */
export const valuesQuery = (workspaceId: string, month: string, by: Suggested, tag?: string) =>
  queryOptions({
    queryKey: ["budgets", workspaceId, "values", month, by, tag],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/breakdown", {
          params: {
            path: inWorkspace(workspaceId),
            query: { month, by, ...(by === "tag" && { tag }), ledger: "tracked", limit: MOST_VALUES },
          },
        }),
      ),
    staleTime: SUGGESTIONS_STAY_MS,
  });

export const tagNamesQuery = (workspaceId: string, month: string) =>
  queryOptions({
    queryKey: ["budgets", workspaceId, "tags", month],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/tags", {
          params: { path: inWorkspace(workspaceId), query: { month } },
        }),
      ),
    staleTime: SUGGESTIONS_STAY_MS,
  });

/** Keys have ids in filters and names for people. */
export const keyNamesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["budgets", workspaceId, "keys"],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/api-keys", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    staleTime: SUGGESTIONS_STAY_MS,
  });
