import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import { LIVE_MS } from "@/lib/query";

import { periodOfSpan, type Span } from "./health";

const POLL_MS = 2_000;

/** What became of every event that arrived lately. */
export const ingestStatsQuery = (workspaceId: string, span: Span) =>
  queryOptions({
    queryKey: ["ingest-stats", workspaceId, span],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/ingest-stats", {
          params: { path: { workspace_id: workspaceId }, query: periodOfSpan(span, Date.now()) },
        }),
      ),
    refetchInterval: LIVE_MS,
  });

/** Has any call arrived yet, whenever it was made? Asked again until one has. */
export const firstCallQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["first-call", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/calls", {
          params: { path: { workspace_id: workspaceId }, query: { limit: 1 } },
        }),
      ),
    select: (page) => page.items[0] ?? null,
    refetchInterval: (query) => (query.state.data?.items.length ? false : POLL_MS),
    staleTime: 0,
  });
