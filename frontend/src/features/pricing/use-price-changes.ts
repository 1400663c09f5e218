import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { carryOut, type Change, type Wanted } from "./api";

/** What rests on the prices, and is asked for again after each change. */
const RESTS_ON_PRICES = ["own-prices", "calls", "unpriced-models"];

const OPPOSITE = { added: "revoked", revoked: "restored", restored: "revoked" } as const;

/** Changes the workspace's own prices, and keeps the last change at hand, so that it can be taken back. */
export function usePriceChanges(workspaceId: string) {
  const queryClient = useQueryClient();
  const [last, setLast] = useState<Change | null>(null);
  const change = useMutation({
    mutationFn: (wanted: Wanted) => carryOut(workspaceId, wanted),
    onSuccess: (done) => {
      setLast(done);
      // The change is done; that lists look again keeps nobody from taking it back.
      for (const key of RESTS_ON_PRICES) void queryClient.invalidateQueries({ queryKey: [key, workspaceId] });
    },
  });
  return {
    last,
    change: change.mutate,
    isPending: change.isPending,
    error: change.error,
    /** Forgets an error, when a dialog opens anew. */
    reset: change.reset,
    undo: () => {
      if (last && !change.isPending) change.mutate({ done: OPPOSITE[last.done], rules: last.rules });
    },
    dismiss: () => {
      setLast(null);
    },
  };
}

export type PriceChanges = ReturnType<typeof usePriceChanges>;
