import { useQuery } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";

import { ErrorState } from "@/components/ui/states";

import { firstCallQuery } from "./api";

type Props = { workspaceId: string; onArrived: (occurredAt: string) => void; skip: ReactNode };

/** Looks for the first call every two seconds and hands over by itself the moment it is there. */
export function WaitingForCall({ workspaceId, onArrived, skip }: Props) {
  const { data: call, error } = useQuery(firstCallQuery(workspaceId));
  const arrivedAt = call?.occurred_at;
  useEffect(() => {
    if (arrivedAt !== undefined) onArrived(arrivedAt);
  }, [arrivedAt, onArrived]);

  if (error) return <ErrorState error={error} title="Still waiting, but the server does not answer" />;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-sheet px-4 py-3.5">
      <p role="status" className="flex items-center gap-3.5 font-medium">
        <Beacon />
        {call ? "It arrived. Opening your dashboard…" : "Waiting for your first call…"}
      </p>
      {skip}
    </div>
  );
}

function Beacon() {
  return (
    <span aria-hidden="true" className="relative grid size-3 place-items-center">
      <span className="absolute inset-0 animate-[ripple_1.8s_ease-out_infinite] rounded-full bg-accent" />
      <span className="size-3 rounded-full bg-accent" />
    </span>
  );
}
