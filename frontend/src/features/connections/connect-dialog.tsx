import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Connection, NewConnection } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { connectionsQuery, createConnection, providersQuery } from "./api";
import { ConnectForm } from "./connect-form";
import { feedsText, keyText } from "./rules";
import { RunProgress } from "./run-progress";

/** Connects a provider: which key and where from, then what it can read, then the first sync as it goes on. */
export function ConnectDialog({ workspaceId }: { workspaceId: string }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const providers = useQuery({ ...providersQuery(workspaceId), enabled: open });
  const connect = useMutation({ mutationFn: (body: NewConnection) => createConnection(workspaceId, body) });
  const onOpenChange = (next: boolean) => {
    setOpen(next);
    // Closing forgets what was typed; the list takes over what was made.
    connect.reset();
    if (!next) void queryClient.invalidateQueries({ queryKey: connectionsQuery(workspaceId).queryKey });
  };
  const made = connect.data;
  return (
    <>
      <Button
        onClick={() => {
          onOpenChange(true);
        }}
      >
        Connect a provider
      </Button>
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        title={made ? `${made.label} is connected` : "Connect a provider"}
        description={
          made
            ? undefined
            : "The key is tried before it is kept, kept encrypted, and never shown again but for its last four characters."
        }
      >
        {made ? (
          <Made workspaceId={workspaceId} connection={made} onClose={onOpenChange} />
        ) : providers.data ? (
          <ConnectForm
            guides={providers.data.items}
            busy={connect.isPending}
            error={connect.error}
            onChange={connect.reset}
            onConnect={connect.mutate}
          />
        ) : providers.error ? (
          <ErrorState error={providers.error} onRetry={() => void providers.refetch()} />
        ) : (
          <SkeletonRows label="Loading the providers" />
        )}
      </Dialog>
    </>
  );
}

type MadeProps = { workspaceId: string; connection: Connection; onClose: (open: false) => void };

function Made({ workspaceId, connection, onClose }: MadeProps) {
  return (
    <div className="grid gap-4">
      <div className="text-[0.95rem]">
        <p>{connection.message}</p>
        <p className="mt-1 text-ink-soft">
          {keyText(connection)}, reads {feedsText(connection.can)}.
        </p>
      </div>
      {connection.run && <RunProgress workspaceId={workspaceId} started={connection.run} />}
      <p className="text-[0.87rem] text-ink-faint">
        You can close this: the sync goes on by itself, and is repeated every hour.
      </p>
      <div className="flex justify-end">
        <Button
          look="secondary"
          onClick={() => {
            onClose(false);
          }}
        >
          Done
        </Button>
      </div>
    </div>
  );
}
