import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { NewRepricing, Repricing } from "@/api/types";

import { isRunning } from "./rules";

/** A job under way is asked for again this often. */
const RUNNING_MS = 1_000;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });
const one = (workspaceId: string, id: string) => ({ workspace_id: workspaceId, repricing_id: id });

export const repricingsQuery = (workspaceId: string) =>
  infiniteQueryOptions({
    queryKey: ["repricings", workspaceId, "all"],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/repricings", {
          params: {
            path: inWorkspace(workspaceId),
            query: pageParam === null ? {} : { cursor: pageParam },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) =>
      query.state.data?.pages.some(({ items }) => items.some(isRunning)) ? RUNNING_MS : false,
  });

export const repricingQuery = (workspaceId: string, id: string) =>
  queryOptions({
    queryKey: ["repricings", workspaceId, "one", id],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/repricings/{repricing_id}", {
          params: { path: one(workspaceId, id) },
        }),
      ),
    refetchInterval: (query) => (query.state.data && isRunning(query.state.data) ? RUNNING_MS : false),
  });

const createRepricing = (workspaceId: string, body: NewRepricing) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/repricings", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

/** Asks for a preview, and hands it over once the list knows of it. */
export function useStart(workspaceId: string, onStarted: (started: Repricing) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: NewRepricing) => createRepricing(workspaceId, body),
    onSuccess: async (started) => {
      await queryClient.invalidateQueries({ queryKey: ["repricings", workspaceId] });
      onStarted(started);
    },
  });
}

export type Step = "apply" | "undo" | "cancel";

/** Takes a re-pricing to its next step; the answer is how it stands then. */
export const takeStep = (workspaceId: string, id: string, step: Step) =>
  unwrap(
    client.POST(`/api/v1/workspaces/{workspace_id}/repricings/{repricing_id}/${step}`, {
      params: { path: one(workspaceId, id) },
    }),
  );
