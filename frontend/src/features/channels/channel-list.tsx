import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Channel, Delivery } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Notice } from "@/components/ui/notice";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { channelsQuery, deleteChannel, testChannel, updateChannel } from "./api";
import { AddChannel, EditChannel } from "./channel-dialog";
import { Deliveries } from "./deliveries";
import { DELIVERY_STATES, LEAST, whereText } from "./rules";

type Props = { workspaceId: string; mayEdit: boolean };

/** Where people are told, with the one that every workspace has first. */
export function ChannelList({ workspaceId, mayEdit }: Props) {
  const { data, error, refetch } = useQuery(channelsQuery(workspaceId));
  return (
    <Card
      title="Channels"
      hint="Where alerts go. What does not arrive is tried again for half a day or longer."
      actions={mayEdit && <AddChannel workspaceId={workspaceId} />}
    >
      {data ? (
        <ul className="divide-y divide-line">
          {data.items.map((channel) => (
            <Item key={channel.id} workspaceId={workspaceId} channel={channel} mayEdit={mayEdit} />
          ))}
        </ul>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the channels" />
      )}
    </Card>
  );
}

function Item({ workspaceId, channel, mayEdit }: Props & { channel: Channel }) {
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["channels", workspaceId] });
  const test = useMutation({
    mutationFn: () => testChannel(workspaceId, channel.id),
    onSettled: refresh,
  });
  const turn = useMutation({
    mutationFn: (isOn: boolean) => updateChannel(workspaceId, channel.id, { is_on: isOn }),
    onSettled: refresh,
  });
  const least = LEAST.find(({ value }) => value === channel.min_severity)?.label;
  const part = { workspaceId, channel };
  return (
    <li className="grid gap-2.5 py-4 first:pt-0 last:pb-0">
      <div>
        <p className="flex items-center gap-2 font-medium">
          {channel.name} {!channel.is_on && <Badge>off</Badge>}
        </p>
        <p className="text-[0.9rem] break-words text-ink-soft">{whereText(channel)}</p>
        <p className="text-[0.85rem] text-ink-faint">
          {least}
          {channel.sends_resolved ? ", and when it is over" : ""}
        </p>
      </div>
      {test.data && <Answer deliveries={test.data.deliveries} ok={test.data.ok} />}
      {test.error && <ErrorState error={test.error} />}
      {turn.error && <ErrorState error={turn.error} />}
      <div className="flex flex-wrap gap-1">
        {mayEdit && (
          <Button
            look="secondary"
            size="sm"
            aria-label={`Test ${channel.name}`}
            busy={test.isPending}
            onClick={() => {
              test.mutate();
            }}
          >
            Send a test
          </Button>
        )}
        <Deliveries {...part} mayEdit={mayEdit} />
        {mayEdit && (
          <>
            <EditChannel {...part} />
            <Button
              look="quiet"
              size="sm"
              aria-label={`Switch ${channel.name} ${channel.is_on ? "off" : "on"}`}
              busy={turn.isPending}
              onClick={() => {
                turn.mutate(!channel.is_on);
              }}
            >
              {channel.is_on ? "Switch off" : "Switch on"}
            </Button>
            {!channel.is_default && <DeleteChannel {...part} />}
          </>
        )}
      </div>
    </li>
  );
}

/** What became of a test, place by place. */
function Answer({ deliveries, ok }: { deliveries: readonly Delivery[]; ok: boolean }) {
  if (deliveries.length === 0) {
    return <Notice tone="warn" title="There is nobody to send it to" />;
  }
  return (
    <Notice tone={ok ? "info" : "bad"} title={ok ? "The test was taken" : "The test was not taken"}>
      <ul role="status">
        {deliveries.map(({ id, label, state, reason }) => (
          <li key={id} className="break-words">
            {label}: {DELIVERY_STATES[state].label}
            {reason !== null && `. ${reason}`}
            {state === "waiting" && " It is tried again by itself."}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function DeleteChannel({ workspaceId, channel }: { workspaceId: string; channel: Channel }) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteChannel(workspaceId, channel.id),
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: channelsQuery(workspaceId).queryKey });
    },
  });
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        className="text-bad"
        aria-label={`Delete ${channel.name}`}
        onClick={() => {
          remove.reset();
          setAsking(true);
        }}
      >
        Delete
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Delete “${channel.name}”?`}
        action="Delete channel"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          remove.mutate();
        }}
      >
        Its address is forgotten, and so is what was still to be sent there. Alerts stay in the list. To pause
        it, switch it off instead.
      </Confirm>
    </>
  );
}
