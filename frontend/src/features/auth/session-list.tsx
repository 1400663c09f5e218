import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Session } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Ago } from "@/components/ui/moment";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { instantLabel } from "@/lib/dates";
import { plural } from "@/lib/format";

import { revokeOtherSessions, revokeSession, sessionsQuery } from "./api";
import { describeAgent } from "./agent";

export function SessionList() {
  const { data, error, refetch } = useQuery(sessionsQuery);
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows label="Loading your sessions" rows={3} />;
  const others = data.items.filter((session) => !session.is_current).length;
  return (
    <Card
      title="Sessions"
      hint="Where you are signed in. End what you do not recognise."
      actions={others > 0 && <EndOthers others={others} />}
    >
      <ul className="divide-y divide-line">
        {data.items.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  );
}

function SessionRow({ session }: { session: Session }) {
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: () => revokeSession(session.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  const agent = describeAgent(session.user_agent);
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span title={session.user_agent}>{agent}</span>
          {session.is_current && <Badge tone="accent">This session</Badge>}
        </p>
        <p className="text-[0.87rem] text-ink-faint">
          {session.ip_address || "Unknown address"} · seen <Ago instant={session.last_seen_at} /> · signed in{" "}
          <Ago instant={session.created_at} /> · ends {instantLabel(session.expires_at)}
        </p>
        {end.error && <ErrorState error={end.error} />}
      </div>
      {!session.is_current && (
        <Button
          look="danger"
          size="sm"
          busy={end.isPending}
          aria-label={`End the session of ${agent}`}
          onClick={() => {
            end.mutate();
          }}
        >
          End
        </Button>
      )}
    </li>
  );
}

function EndOthers({ others }: { others: number }) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: revokeOtherSessions,
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  return (
    <>
      <Button
        look="danger"
        size="sm"
        onClick={() => {
          setAsking(true);
        }}
      >
        End all others
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="End all other sessions?"
        action="End all others"
        busy={end.isPending}
        error={end.error}
        onConfirm={() => {
          end.mutate();
        }}
      >
        {plural(others, "session")} will have to sign in again. This one stays.
      </Confirm>
    </>
  );
}
