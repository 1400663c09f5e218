import { useMutation } from "@tanstack/react-query";

import type { Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { ErrorState } from "@/components/ui/states";
import { instantLabel } from "@/lib/dates";

import { restoreWorkspace } from "./api";

type Props = { workspace: Workspace & { deletes_at: string }; onKept: () => Promise<unknown> };

/** Above every page of a workspace that is to be deleted. */
export function DeletionBanner({ workspace, onKept }: Props) {
  const restore = useMutation({ mutationFn: () => restoreWorkspace(workspace.id), onSuccess: onKept });
  const isOwner = workspace.role === "owner";
  return (
    <div className="mb-5 grid gap-2">
      <Notice
        tone="warn"
        title={`${workspace.name} is deleted on ${instantLabel(workspace.deletes_at)}`}
        action={
          isOwner && (
            <Button
              look="secondary"
              size="sm"
              busy={restore.isPending}
              onClick={() => {
                restore.mutate();
              }}
            >
              Keep it after all
            </Button>
          )
        }
      >
        Until then it can be read, and takes no calls.{!isOwner && " An owner can keep it after all."}
      </Notice>
      {restore.error && <ErrorState error={restore.error} />}
    </div>
  );
}
