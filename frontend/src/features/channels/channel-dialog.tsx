import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Channel, ChannelChange, ChannelMade } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";

import { channelsQuery, createChannel, updateChannel } from "./api";
import { ChannelForm } from "./channel-form";

type Wanted = { kind: Channel["kind"]; fields: ChannelChange & { name: string } };

/** Adds a channel; a webhook's new secret is shown this once. */
export function AddChannel({ workspaceId }: { workspaceId: string }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: ({ kind, fields }: Wanted) => createChannel(workspaceId, { ...fields, kind }),
    onSuccess: async (made) => {
      if (made.secret === null) setOpen(false);
      await queryClient.invalidateQueries({ queryKey: channelsQuery(workspaceId).queryKey });
    },
  });
  const made = add.data?.secret ? add.data : null;
  return (
    <>
      <Button
        size="sm"
        onClick={() => {
          add.reset();
          setOpen(true);
        }}
      >
        Add a channel
      </Button>
      <Dialog
        open={open}
        onOpenChange={(next) => {
          setOpen(next);
          // closing forgets the secret
          if (!next) add.reset();
        }}
        title={made ? `${made.name} is added` : "Add a channel"}
      >
        {made ? (
          <Secret
            made={made}
            onDone={() => {
              setOpen(false);
              add.reset();
            }}
          />
        ) : (
          <ChannelForm
            busy={add.isPending}
            error={add.error}
            onKeep={(kind, fields) => {
              add.mutate({ kind, fields });
            }}
          />
        )}
      </Dialog>
    </>
  );
}

function Secret({ made, onDone }: { made: ChannelMade; onDone: () => void }) {
  return (
    <div className="grid gap-4">
      <p className="text-[0.95rem]">
        This secret signs what the webhook gets. Give it to the program that receives it: it is not shown
        again.
      </p>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-lg border border-line bg-sunken px-3 py-2 text-[0.87rem] break-all">
          {made.secret}
        </code>
        <CopyButton text={made.secret ?? ""} label="Copy the secret" />
      </div>
      <div className="flex justify-end">
        <Button look="secondary" onClick={onDone}>
          I have kept it
        </Button>
      </div>
    </div>
  );
}

export function EditChannel({ workspaceId, channel }: { workspaceId: string; channel: Channel }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const edit = useMutation({
    mutationFn: ({ fields }: Wanted) => updateChannel(workspaceId, channel.id, fields),
    onSuccess: async () => {
      setOpen(false);
      await queryClient.invalidateQueries({ queryKey: channelsQuery(workspaceId).queryKey });
    },
  });
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        aria-label={`Edit ${channel.name}`}
        onClick={() => {
          edit.reset();
          setOpen(true);
        }}
      >
        Edit
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Change “${channel.name}”`}>
        <ChannelForm
          channel={channel}
          busy={edit.isPending}
          error={edit.error}
          onKeep={(kind, fields) => {
            edit.mutate({ kind, fields });
          }}
        />
      </Dialog>
    </>
  );
}
