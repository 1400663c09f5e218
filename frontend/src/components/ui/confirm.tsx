import type { ReactNode } from "react";

import { Button, type ButtonLook } from "./button";
import { Dialog } from "./dialog";
import { ErrorState } from "./states";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  /** What is to be decided before the action, where that is more than yes or no. */
  choice?: ReactNode;
  action: string;
  /** The word on the way back. */
  keep?: string;
  look?: ButtonLook["look"];
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
};

/** Asks before something is done that others will notice. */
export function Confirm({
  open,
  onOpenChange,
  title,
  children,
  choice,
  action,
  keep = "Keep it",
  look = "danger",
  busy,
  error,
  onConfirm,
}: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={children}>
      {choice && <div className="mb-4">{choice}</div>}
      {error && <ErrorState error={error} />}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Button
          look="secondary"
          onClick={() => {
            onOpenChange(false);
          }}
        >
          {keep}
        </Button>
        <Button look={look} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
