import type { Budget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { UndoToast } from "@/components/ui/undo-toast";

import type { Deletions } from "./use-deletions";

/** Deletes at once: the message that says so has the way back. */
export function DeleteBudget({ budget, deletions }: { budget: Budget; deletions: Deletions }) {
  return (
    <Button
      look="quiet"
      size="sm"
      className="text-bad"
      aria-label={`Delete ${budget.name}`}
      aria-busy={deletions.isPending}
      onClick={() => {
        deletions.remove(budget);
      }}
    >
      Delete
    </Button>
  );
}

/** Says what was deleted and what follows, or that it is back. */
export function DeletionToast({ deletions: { last, isPending, undo, dismiss } }: { deletions: Deletions }) {
  if (!last) return null;
  const { budget, isDeleted } = last;
  return (
    <UndoToast change={last} isPending={isPending} onUndo={isDeleted ? undo : undefined} onClose={dismiss}>
      <strong className="font-semibold">{budget.name}</strong>{" "}
      {isDeleted ? told(budget) : "is back as it was."}
    </UndoToast>
  );
}

const told = ({ limit }: Budget) =>
  limit === "none"
    ? "is deleted: nobody is told of its thresholds any more. Its history stays."
    : "is deleted: nobody is told of its thresholds any more, and calls that ask are not held to it. Its history stays.";
