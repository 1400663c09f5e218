import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Member, Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";

import { membersQuery, removeMember } from "./api";

type Props = { member: Member; workspace: Workspace; name: string };

export function RemoveMember({ member, workspace, name }: Props) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeMember(workspace.id, member.user_id),
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey });
    },
  });
  return (
    <>
      <Button
        look="danger"
        size="sm"
        aria-label={`Remove ${name}`}
        onClick={() => {
          setAsking(true);
        }}
      >
        Remove
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Remove ${name}?`}
        action="Remove member"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          remove.mutate();
        }}
      >
        {name} can no longer open {workspace.name}. API keys they made keep working, invitations they made
        end.
      </Confirm>
    </>
  );
}
