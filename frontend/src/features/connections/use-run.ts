import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { SyncRun } from "@/api/types";

import { refreshFigures, runEventsAddress, runQuery } from "./api";
import { isOpen } from "./rules";

/**
 * A run as it goes on: by the server's events, and by asking where they do not come (a proxy that
 * holds them back, a browser without them). When it ends, everything it may have changed is read anew.
 */
export function useRun(workspaceId: string, started: SyncRun): SyncRun {
  const queryClient = useQueryClient();
  const [isFollowed, setFollowed] = useState(false);
  const { data = started } = useQuery(runQuery(workspaceId, started, isFollowed));
  const isRunning = isOpen(data);

  useEffect(() => {
    if (!isRunning || typeof EventSource === "undefined") return;
    const events = new EventSource(runEventsAddress(workspaceId, started.id));
    const take = (event: MessageEvent<unknown>) => {
      setFollowed(true);
      const key = ["sync-runs", workspaceId, "one", started.id];
      queryClient.setQueryData(key, JSON.parse(String(event.data)) as SyncRun);
    };
    events.addEventListener("progress", take);
    events.addEventListener("end", (event) => {
      take(event);
      events.close();
    });
    // the browser comes again by itself; until then the run is asked for
    events.addEventListener("error", () => {
      setFollowed(false);
    });
    return () => {
      events.close();
    };
  }, [isRunning, queryClient, started.id, workspaceId]);

  const hasEnded = isOpen(started) && !isRunning;
  useEffect(() => {
    if (hasEnded) void refreshFigures(queryClient, workspaceId);
  }, [hasEnded, queryClient, workspaceId]);
  return data;
}
