import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Budget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";

import { budgetsQuery, deleteBudget } from "./api";

export function DeleteBudget({ workspaceId, budget }: { workspaceId: string; budget: Budget }) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteBudget(workspaceId, budget.id),
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: budgetsQuery(workspaceId).queryKey });
    },
  });
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        className="text-bad"
        aria-label={`Delete ${budget.name}`}
        onClick={() => {
          remove.reset();
          setAsking(true);
        }}
      >
        Delete
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Delete “${budget.name}”?`}
        action="Delete budget"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          remove.mutate();
        }}
      >
        {budget.limit === "none"
          ? "Nobody is told any more when its thresholds are reached."
          : "Nobody is told any more when its thresholds are reached, and calls that ask are no longer held to it."}{" "}
        No figure changes, and its history stays. It cannot be brought back, only set anew.
      </Confirm>
    </>
  );
}
