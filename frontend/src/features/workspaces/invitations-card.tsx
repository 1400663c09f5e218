import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import type { Invitation, Workspace } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Ago } from "@/components/ui/moment";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { dateLabel } from "@/lib/dates";

import { invitationsQuery, revokeInvitation } from "./api";
import { InviteForm } from "./invite-form";

type Props = {
  workspace: Workspace;
  /** In the place of inviting by mail, while the address of who invites is not confirmed. */
  mailPrompt?: ReactNode;
};

/** For those who may invite: a new one, and those that nobody accepted yet. */
export function InvitationsCard({ workspace, mailPrompt }: Props) {
  const { data, error, refetch } = useQuery(invitationsQuery(workspace.id));
  return (
    <Card title="Invitations" hint="Each lets one person in, for seven days.">
      {workspace.deletes_at ? (
        <p className="text-[0.93rem] text-ink-soft">
          Nobody is let in any more: this workspace is to be deleted.
        </p>
      ) : (
        <InviteForm workspace={workspace} mailPrompt={mailPrompt} />
      )}
      <h3 className="mt-5 mb-2 border-t border-line pt-4 text-[0.93rem] font-semibold">Not accepted yet</h3>
      {data ? (
        data.items.length > 0 ? (
          <ul aria-label="Pending invitations" className="divide-y divide-line">
            {data.items.map((invitation) => (
              <InvitationRow key={invitation.id} invitation={invitation} workspaceId={workspace.id} />
            ))}
          </ul>
        ) : (
          <p className="text-[0.93rem] text-ink-faint">No invitation is on its way.</p>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading invitations" rows={2} />
      )}
    </Card>
  );
}

type RowProps = { invitation: Invitation; workspaceId: string };

function InvitationRow({ invitation, workspaceId }: RowProps) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeInvitation(workspaceId, invitation.id),
    onSuccess: () => {
      setAsking(false);
    },
    // One that was accepted meanwhile is gone as well.
    onSettled: () => queryClient.invalidateQueries({ queryKey: invitationsQuery(workspaceId).queryKey }),
  });
  const to = invitation.email ?? "Whoever has the link";
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="min-w-0 truncate">{to}</span>
          <Badge>{invitation.role}</Badge>
        </p>
        <p className="text-[0.87rem] text-ink-faint">
          {invitation.invited_by ? `by ${invitation.invited_by}, ` : ""}
          <Ago instant={invitation.created_at} /> · ends {dateLabel(invitation.expires_at)}
        </p>
      </div>
      <Button
        look="danger"
        size="sm"
        aria-label={`Revoke the invitation of ${to}`}
        onClick={() => {
          setAsking(true);
        }}
      >
        Revoke
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Revoke this invitation?"
        action="Revoke it"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => {
          revoke.mutate();
        }}
      >
        Its link stops working at once. You can invite {invitation.email ?? "them"} again at any time.
      </Confirm>
    </li>
  );
}
