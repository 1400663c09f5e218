import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Channel, Delivery } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Ago } from "@/components/ui/moment";
import { Segmented } from "@/components/ui/segmented";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { instantLabel } from "@/lib/dates";
import { plural } from "@/lib/format";

import { deliveriesQuery, resend } from "./api";
import { DELIVERY_STATES } from "./rules";

type Props = { workspaceId: string; channel: Channel; mayEdit: boolean };
type View = (typeof VIEWS)[number]["value"];
const VIEWS = [
  { value: "all", label: "All" },
  { value: "dead", label: "Given up" },
] as const;

/** What was sent to a channel lately, and what was given up. */
export function Deliveries({ workspaceId, channel, mayEdit }: Props) {
  const [open, setOpen] = useState(false);
  const [view, setView] = useState<View>("all");
  return (
    <>
      <Button
        look="secondary"
        size="sm"
        aria-label={`Deliveries to ${channel.name}`}
        onClick={() => {
          setOpen(true);
        }}
      >
        Deliveries
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        place="side"
        title={`Deliveries to “${channel.name}”`}
        description="Newest first. What is given up stays for 30 days, and can be sent again."
      >
        <div className="grid gap-4">
          <div className="flex">
            <Segmented label="Show" value={view} options={VIEWS} onChange={setView} />
          </div>
          <List
            workspaceId={workspaceId}
            channelId={channel.id}
            onlyDead={view === "dead"}
            mayEdit={mayEdit}
          />
        </div>
      </Dialog>
    </>
  );
}

type ListProps = { workspaceId: string; channelId: string; onlyDead: boolean; mayEdit: boolean };

function List({ workspaceId, channelId, onlyDead, mayEdit }: ListProps) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    deliveriesQuery(workspaceId, channelId, onlyDead),
  );
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonRows label="Loading the deliveries" />
    );
  }
  const found = data.pages.flatMap(({ items }) => items);
  if (found.length === 0) return <Empty title={onlyDead ? "Nothing was given up" : "Nothing was sent yet"} />;
  return (
    <div className="grid gap-3">
      <ul className="divide-y divide-line">
        {found.map((delivery) => (
          <Item
            key={delivery.id}
            workspaceId={workspaceId}
            channelId={channelId}
            delivery={delivery}
            mayEdit={mayEdit}
          />
        ))}
      </ul>
      {hasNextPage && (
        <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </div>
  );
}

type ItemProps = Omit<ListProps, "onlyDead"> & { delivery: Delivery };

function Item({ workspaceId, channelId, delivery, mayEdit }: ItemProps) {
  const queryClient = useQueryClient();
  const again = useMutation({
    mutationFn: () => resend(workspaceId, channelId, delivery.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["channels", workspaceId, "deliveries"] }),
  });
  const { label, tone } = DELIVERY_STATES[delivery.state];
  return (
    <li className="grid gap-1 py-3 first:pt-0 last:pb-0">
      <div className="flex items-start justify-between gap-3">
        <p className="min-w-0 font-medium break-words">{delivery.subject}</p>
        <span className="shrink-0">
          <Badge tone={tone}>{label}</Badge>
        </span>
      </div>
      <p className="text-[0.87rem] text-ink-faint">
        {delivery.label} · <Ago instant={delivery.created_at} /> ·{" "}
        {delivery.attempts === 0 ? "not tried yet" : plural(delivery.attempts, "try", "tries")}
        {delivery.state === "waiting" && ` · due ${instantLabel(delivery.due_at)}`}
      </p>
      {delivery.reason !== null && (
        <p className="text-[0.9rem] break-words text-ink-soft">{delivery.reason}</p>
      )}
      {mayEdit && delivery.state !== "sent" && (
        <div>
          <Button
            look="secondary"
            size="sm"
            busy={again.isPending}
            aria-label={`Send again: ${delivery.subject}`}
            onClick={() => {
              again.mutate();
            }}
          >
            Send again
          </Button>
        </div>
      )}
      {again.error && <ErrorState error={again.error} />}
    </li>
  );
}
