import { infiniteQueryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";

import { asQuery } from "./rules";
import type { AuditSearch } from "./search";

export const auditQuery = (workspaceId: string, search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit-log", workspaceId, search],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/audit-log", {
          params: {
            path: { workspace_id: workspaceId },
            query: { ...asQuery(search), ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });

/** Where the file is that holds all entries the filter lets through. */
export function exportAddress(workspaceId: string, format: "csv" | "jsonl", search: AuditSearch): string {
  const query = new URLSearchParams(asQuery(search) as Record<string, string>).toString();
  return `/api/v1/workspaces/${workspaceId}/audit-log.${format}${query && `?${query}`}`;
}
