import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import type { Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";

import { removeMember } from "./api";

type Props = { workspace: Workspace; userId: string; isLastOwner: boolean; onLeft: () => void };

/** A workspace needs an owner: the last one is told how to go instead. */
export function LeaveWorkspace({ workspace, userId, isLastOwner, onLeft }: Props) {
  const [open, setOpen] = useState(false);
  const leave = useMutation({ mutationFn: () => removeMember(workspace.id, userId), onSuccess: onLeft });
  return (
    <>
      <Button
        look="danger"
        size="sm"
        onClick={() => {
          setOpen(true);
        }}
      >
        Leave
      </Button>
      {isLastOwner ? (
        <Dialog
          open={open}
          onOpenChange={setOpen}
          title="You are the only owner"
          description={`Somebody has to own ${workspace.name}. Hand it over below, or make another member an owner; then you can leave. Or delete it under Workspace.`}
        >
          <div className="flex justify-end">
            <Button
              look="secondary"
              onClick={() => {
                setOpen(false);
              }}
            >
              Stay
            </Button>
          </div>
        </Dialog>
      ) : (
        <Confirm
          open={open}
          onOpenChange={setOpen}
          title={`Leave ${workspace.name}?`}
          action="Leave"
          keep="Stay"
          busy={leave.isPending}
          error={leave.error}
          onConfirm={() => {
            leave.mutate();
          }}
        >
          You can no longer open it, until somebody invites you again. API keys you made keep working.
        </Confirm>
      )}
    </>
  );
}
