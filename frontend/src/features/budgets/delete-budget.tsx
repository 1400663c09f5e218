import { useEffect, useRef } from "react";

import type { Budget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Toast } from "@/components/ui/toast";

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

/** Says what was deleted and what follows; the way back takes the focus, for the button that was pressed is gone. */
export function DeletionToast({ deletions: { last, isPending, undo, dismiss } }: { deletions: Deletions }) {
  const undoButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    undoButton.current?.focus();
  }, [last]);
  if (!last) return null;
  const { budget, isDeleted } = last;
  return (
    <Toast
      onClose={() => {
        dismiss();
        // the button that has the focus goes with the message
        document.querySelector("main")?.focus();
      }}
      actions={
        isDeleted && (
          // Not disabled meanwhile: a disabled button can neither take nor keep the focus.
          <Button ref={undoButton} look="secondary" size="sm" aria-busy={isPending} onClick={undo}>
            Undo
          </Button>
        )
      }
    >
      <strong className="font-semibold">{budget.name}</strong>{" "}
      {isDeleted ? told(budget) : "is back as it was."}
    </Toast>
  );
}

const told = ({ limit }: Budget) =>
  limit === "none"
    ? "is deleted: nobody is told of its thresholds any more. Its history stays."
    : "is deleted: nobody is told of its thresholds any more, and calls that ask are not held to it. Its history stays.";
