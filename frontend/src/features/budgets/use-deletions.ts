import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Budget } from "@/api/types";

import { deleteBudget, restoreBudget } from "./api";

type Deletion = { budget: Budget; isDeleted: boolean };

/** Deletes budgets, and keeps the last at hand, so that it can be taken back. */
export function useDeletions(workspaceId: string) {
  const queryClient = useQueryClient();
  const [last, setLast] = useState<Deletion | null>(null);
  const change = useMutation({
    mutationFn: async (wanted: Deletion) => {
      await (wanted.isDeleted ? deleteBudget : restoreBudget)(workspaceId, wanted.budget.id);
    },
    onSuccess: async (_, done) => {
      // what it told is over with it, and goes on when it does
      void queryClient.invalidateQueries({ queryKey: ["alerts", workspaceId] });
      // first the list, so that the message never says of a budget that stands there that it is gone
      await queryClient.invalidateQueries({ queryKey: ["budgets", workspaceId] });
      setLast(done);
    },
  });
  return {
    last,
    isPending: change.isPending,
    error: change.error,
    remove: (budget: Budget) => {
      if (!change.isPending) change.mutate({ budget, isDeleted: true });
    },
    undo: () => {
      if (last && !change.isPending) change.mutate({ ...last, isDeleted: false });
    },
    dismiss: () => {
      setLast(null);
    },
  };
}

export type Deletions = ReturnType<typeof useDeletions>;
