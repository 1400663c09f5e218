import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";

const POLL_MS = 2_000;

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
