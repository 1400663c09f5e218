import { useEffect, useRef, type ReactNode } from "react";

import { Button } from "./button";
import { Toast } from "./toast";

type Props = {
  /** What was changed last: each new change takes the focus anew. */
  change: object;
  isPending: boolean;
  /** Undefined where there is no way back any more. */
  onUndo: (() => void) | undefined;
  onClose: () => void;
  /** Further buttons beside Undo. */
  actions?: ReactNode;
  children: ReactNode;
};

/** Says what was changed; the way back takes the focus, for the button that was pressed may be gone. */
export function UndoToast({ change, isPending, onUndo, onClose, actions, children }: Props) {
  const undoButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    undoButton.current?.focus();
  }, [change]);
  return (
    <Toast
      onClose={() => {
        onClose();
        // the button that has the focus goes with the message
        document.querySelector("main")?.focus();
      }}
      actions={
        <>
          {onUndo && (
            // Not disabled meanwhile: a disabled button can neither take nor keep the focus.
            <Button ref={undoButton} look="secondary" size="sm" aria-busy={isPending} onClick={onUndo}>
              Undo
            </Button>
          )}
          {actions}
        </>
      }
    >
      {children}
    </Toast>
  );
}
