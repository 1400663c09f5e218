import { X } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "./button";

type Props = { children: ReactNode; actions?: ReactNode; onClose: () => void };

/**
 * What was just done, with the ways on from it. It stays until it is closed or something else is done:
 * nobody has to be quick to undo.
 */
export function Toast({ children, actions, onClose }: Props) {
  return (
    <div
      role="status"
      className="fixed inset-x-3 bottom-3 z-30 mx-auto flex max-w-2xl animate-[rise_140ms_ease-out] flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border border-line-strong/60 bg-sheet py-3 pr-3 pl-4 shadow-lift"
    >
      <p className="min-w-0 flex-1 basis-64 text-[0.95rem]">{children}</p>
      <div className="flex flex-wrap items-center gap-2">
        {actions}
        <Button look="quiet" size="icon" aria-label="Close the message" onClick={onClose}>
          <X aria-hidden="true" className="size-4.5" />
        </Button>
      </div>
    </div>
  );
}
