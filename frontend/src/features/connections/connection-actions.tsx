import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";

import { connectionsQuery, syncNow, updateConnection } from "./api";
import { DeleteDialog } from "./delete-dialog";
import { KeyCheck } from "./key-check";
import { KeyDialog } from "./key-dialog";
import { RenameDialog } from "./rename-dialog";
import { isOpen } from "./rules";
import { RunHistory } from "./run-history";

type Props = { workspaceId: string; connection: Connection; mayEdit: boolean };

/** What can be done with a connection; who may not change it reads its history. */
export function ConnectionActions({ workspaceId, connection, mayEdit }: Props) {
  const { id, label } = connection;
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: connectionsQuery(workspaceId).queryKey });
  const sync = useMutation({ mutationFn: () => syncNow(workspaceId, id), onSettled: refresh });
  const pause = useMutation({
    mutationFn: (paused: boolean) => updateConnection(workspaceId, id, { paused }),
    onSettled: refresh,
  });
  const error = sync.error ?? pause.error;
  const isPaused = connection.status === "paused";
  const isSyncing = connection.run !== null && isOpen(connection.run);
  const part = { workspaceId, connection };
  return (
    <div className="grid gap-3">
      {error && <ErrorState error={error} />}
      <div className="flex flex-wrap items-center gap-2">
        {mayEdit && (
          <Button
            look="secondary"
            size="sm"
            aria-label={`Sync ${label} now`}
            busy={sync.isPending}
            disabled={isPaused || isSyncing}
            onClick={() => {
              sync.mutate();
            }}
          >
            Sync now
          </Button>
        )}
        <RunHistory {...part} />
        {mayEdit && (
          <>
            <RenameDialog {...part} />
            <KeyCheck {...part} />
            <KeyDialog {...part} />
            <Button
              look="quiet"
              size="sm"
              aria-label={`${isPaused ? "Resume" : "Pause"} ${label}`}
              busy={pause.isPending}
              onClick={() => {
                pause.mutate(!isPaused);
              }}
            >
              {isPaused ? "Resume" : "Pause"}
            </Button>
            <DeleteDialog {...part} />
          </>
        )}
      </div>
    </div>
  );
}
