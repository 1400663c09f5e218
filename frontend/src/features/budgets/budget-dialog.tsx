import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Budget, NewBudget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { keepBudget } from "./api";
import { BudgetForm } from "./budget-form";

/** Sets a new budget or, given one, changes its terms. */
export function BudgetDialog({ workspaceId, budget }: { workspaceId: string; budget?: Budget }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const keep = useMutation({
    mutationFn: (terms: NewBudget) => keepBudget(workspaceId, budget?.id ?? null, terms),
    onSuccess: async () => {
      setOpen(false);
      await queryClient.invalidateQueries({ queryKey: ["budgets", workspaceId] });
      // a threshold that is crossed already fires at once
      await queryClient.invalidateQueries({ queryKey: ["alerts", workspaceId] });
    },
  });
  return (
    <>
      <Button
        {...(budget && { look: "quiet", size: "sm", "aria-label": `Edit ${budget.name}` })}
        onClick={() => {
          keep.reset();
          setOpen(true);
        }}
      >
        {budget ? "Edit" : "Set a budget"}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        place="side"
        title={budget ? `Change “${budget.name}”` : "Set a budget"}
        description={
          budget &&
          "Another amount, period, filter or threshold arms all thresholds anew: what is crossed then is told again."
        }
      >
        <BudgetForm
          workspaceId={workspaceId}
          budget={budget}
          busy={keep.isPending}
          error={keep.error}
          onKeep={keep.mutate}
        />
      </Dialog>
    </>
  );
}
