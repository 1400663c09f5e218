import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { ChannelChange, NewChannel } from "@/api/types";
import { LIVE_MS } from "@/lib/query";

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });
const one = (workspaceId: string, id: string) => ({ workspace_id: workspaceId, channel_id: id });

export const channelsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["channels", workspaceId, "all"],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/channels", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

export const createChannel = (workspaceId: string, body: NewChannel) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/channels", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

export const updateChannel = (workspaceId: string, id: string, body: ChannelChange) =>
  unwrap(
    client.PATCH("/api/v1/workspaces/{workspace_id}/channels/{channel_id}", {
      params: { path: one(workspaceId, id) },
      body,
    }),
  );

export const deleteChannel = (workspaceId: string, id: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/channels/{channel_id}", {
      params: { path: one(workspaceId, id) },
    }),
  );

/** Sends a test notice, and waits for what became of it. */
export const testChannel = (workspaceId: string, id: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/channels/{channel_id}/test", {
      params: { path: one(workspaceId, id) },
    }),
  );

export const deliveriesQuery = (workspaceId: string, id: string, onlyDead: boolean) =>
  infiniteQueryOptions({
    queryKey: ["channels", workspaceId, "deliveries", id, onlyDead],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/channels/{channel_id}/deliveries", {
          params: {
            path: one(workspaceId, id),
            query: {
              ...(onlyDead && { state: "dead" as const }),
              ...(pageParam !== null && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LIVE_MS),
  });

/** Tries again what was given up, or waits: from the start and at once. */
export const resend = (workspaceId: string, id: string, deliveryId: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/channels/{channel_id}/deliveries/{delivery_id}/resend", {
      params: { path: { ...one(workspaceId, id), delivery_id: deliveryId } },
    }),
  );
