import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { AlertKind, AlertSettingChange, QuietHours } from "@/api/types";

import type { AlertsSearch } from "./search";

/** The bell and the list are looked at again this often. */
const LOOK_MS = 15_000;

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });
const one = (workspaceId: string, id: string) => ({ workspace_id: workspaceId, alert_id: id });

/** How many you have not seen, and the worst that is not over. */
export const unreadQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["alerts", workspaceId, "unread"],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/alerts/unread", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
    refetchInterval: LOOK_MS,
  });

export const alertsQuery = (workspaceId: string, { state, kind, severity }: AlertsSearch) =>
  infiniteQueryOptions({
    queryKey: ["alerts", workspaceId, "all", state, kind, severity],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/alerts", {
          params: {
            path: inWorkspace(workspaceId),
            query: {
              ...(state && { state: [state] }),
              ...(kind && { kind: [kind] }),
              ...(severity && { severity: [severity] }),
              ...(pageParam !== null && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LOOK_MS),
  });

export const alertQuery = (workspaceId: string, id: string) =>
  queryOptions({
    queryKey: ["alerts", workspaceId, "one", id],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/alerts/{alert_id}", {
          params: { path: one(workspaceId, id) },
        }),
      ),
  });

/** You have seen these; without any, all. */
export const markRead = (workspaceId: string, ids?: string[]) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/alerts/read", {
      params: { path: inWorkspace(workspaceId) },
      body: ids ? { ids } : {},
    }),
  );

export type Step = "acknowledge" | "resolve" | "reopen";

export const takeStep = (workspaceId: string, id: string, step: Step) =>
  unwrap(
    client.POST(`/api/v1/workspaces/{workspace_id}/alerts/{alert_id}/${step}`, {
      params: { path: one(workspaceId, id) },
    }),
  );

/** Puts it off until then; null ends that. */
export const snooze = (workspaceId: string, id: string, until: string | null) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/alerts/{alert_id}/snooze", {
      params: { path: one(workspaceId, id) },
      body: { until },
    }),
  );

// --- settings ---

export const settingsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["alert-settings", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/alert-settings", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

export const changeSetting = (workspaceId: string, kind: AlertKind, body: AlertSettingChange) =>
  unwrap(
    client.PATCH("/api/v1/workspaces/{workspace_id}/alert-settings/{kind}", {
      params: { path: { workspace_id: workspaceId, kind } },
      body,
    }),
  );

export const resetSetting = (workspaceId: string, kind: AlertKind) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/alert-settings/{kind}", {
      params: { path: { workspace_id: workspaceId, kind } },
    }),
  );

/** Null is never quiet. */
export const keepQuietHours = async (workspaceId: string, body: QuietHours | null) => {
  const params = { path: inWorkspace(workspaceId) };
  const path = "/api/v1/workspaces/{workspace_id}/alert-settings/quiet-hours";
  if (body === null) await unwrap(client.DELETE(path, { params }));
  else await unwrap(client.PUT(path, { params, body }));
};
