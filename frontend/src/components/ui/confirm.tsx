import type { ReactNode } from "react";

import { Button } from "./button";
import { Dialog } from "./dialog";
import { ErrorState } from "./states";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  action: string;
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
};

/** Asks before something is ended that cannot be brought back. */
export function Confirm({ open, onOpenChange, title, children, action, busy, error, onConfirm }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={children}>
      {error && <ErrorState error={error} />}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Button
          look="secondary"
          onClick={() => {
            onOpenChange(false);
          }}
        >
          Keep it
        </Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
