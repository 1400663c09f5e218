import { UndoToast } from "@/components/ui/undo-toast";
import { dateLabel } from "@/lib/dates";

import type { RateChanges } from "./use-rate-changes";

/** Says what was changed. */
export function RateToast({ changes: { last, isPending, undo, dismiss } }: { changes: RateChanges }) {
  if (!last) return null;
  return (
    <UndoToast change={last} isPending={isPending} onUndo={undo} onClose={dismiss}>
      <strong className="font-semibold">
        {last.currency} from {dateLabel(last.day)}
      </strong>{" "}
      {last.after === null
        ? "has no rate of its own any more."
        : `is $${last.after} a unit. The figures follow.`}
    </UndoToast>
  );
}
