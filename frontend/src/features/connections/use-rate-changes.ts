import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { exchangeRatesQuery, keepRate, refreshFigures } from "./api";
import type { RateChange } from "./exchange-rates";

/** Changes the exchange rates, and keeps the last change at hand, so that it can be taken back. */
export function useRateChanges(workspaceId: string) {
  const queryClient = useQueryClient();
  const [last, setLast] = useState<RateChange | null>(null);
  const change = useMutation({
    mutationFn: (wanted: RateChange) => keepRate(workspaceId, wanted, wanted.after),
    onSuccess: async (_, done) => {
      setLast(done);
      // every figure in dollars follows, which is nothing to wait for
      void refreshFigures(queryClient, workspaceId);
      await queryClient.invalidateQueries({ queryKey: exchangeRatesQuery(workspaceId).queryKey });
    },
  });
  return {
    last,
    change: change.mutate,
    isPending: change.isPending,
    error: change.error,
    /** Forgets an error, when the dialog opens anew. */
    reset: change.reset,
    undo: () => {
      if (last && !change.isPending) change.mutate({ ...last, before: last.after, after: last.before });
    },
    dismiss: () => {
      setLast(null);
    },
  };
}

export type RateChanges = ReturnType<typeof useRateChanges>;
