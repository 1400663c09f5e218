import { useEffect, useRef, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { Toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";

import type { Change } from "./api";
import { ruleText } from "./rules";
import type { PriceChanges } from "./use-price-changes";

type Props = { changes: PriceChanges; reprice: (change: Change) => ReactNode };

const DONE = {
  added: "is in the prices of this workspace. Calls made before keep their cost until they are priced again.",
  revoked: "is revoked. Calls made before keep their cost until they are priced again.",
  restored: "holds again. Calls made before keep their cost until they are priced again.",
} as const;

/** Says what was changed; the way back takes the focus, for the button that was pressed is gone. */
export function ChangeToast({ changes, reprice }: Props) {
  const { last, isPending, undo, dismiss } = changes;
  const undoButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    undoButton.current?.focus();
  }, [last]);
  const first = last?.rules[0];
  if (!first) return null;
  const more = last.rules.length - 1;
  return (
    <Toast
      onClose={() => {
        dismiss();
        // the button that has the focus goes with the message
        document.querySelector("main")?.focus();
      }}
      actions={
        <>
          {/* Not disabled meanwhile: a disabled button can neither take nor keep the focus. */}
          <Button ref={undoButton} look="secondary" size="sm" aria-busy={isPending} onClick={undo}>
            Undo
          </Button>
          {reprice(last)}
        </>
      }
    >
      <strong className="font-semibold">{ruleText(first)}</strong>
      {more > 0 && ` and ${plural(more, "more rate")}`} {DONE[last.done]}
    </Toast>
  );
}
