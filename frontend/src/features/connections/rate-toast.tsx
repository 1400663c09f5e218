import { useEffect, useRef } from "react";

import { Button } from "@/components/ui/button";
import { Toast } from "@/components/ui/toast";
import { dateLabel } from "@/lib/dates";

import type { RateChanges } from "./use-rate-changes";

/** Says what was changed; the way back takes the focus, for the button that was pressed may be gone. */
export function RateToast({ changes: { last, isPending, undo, dismiss } }: { changes: RateChanges }) {
  const undoButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    undoButton.current?.focus();
  }, [last]);
  if (!last) return null;
  return (
    <Toast
      onClose={() => {
        dismiss();
        // the button that has the focus goes with the message
        document.querySelector("main")?.focus();
      }}
      actions={
        // Not disabled meanwhile: a disabled button can neither take nor keep the focus.
        <Button ref={undoButton} look="secondary" size="sm" aria-busy={isPending} onClick={undo}>
          Undo
        </Button>
      }
    >
      <strong className="font-semibold">
        {last.currency} from {dateLabel(last.day)}
      </strong>{" "}
      {last.after === null
        ? "has no rate of its own any more."
        : `is $${last.after} a unit. The figures follow.`}
    </Toast>
  );
}
