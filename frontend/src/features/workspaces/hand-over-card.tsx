import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Select } from "@/components/ui/select";

import { membersQuery, transferWorkspace } from "./api";
import { nameOf } from "./rules";

type Props = { workspace: Workspace; userId: string; onHandedOver: () => Promise<void> | void };

/** For owners: another member becomes the owner, and they an admin. */
export function HandOverCard({ workspace, userId, onHandedOver }: Props) {
  const { data } = useQuery(membersQuery(workspace.id));
  const [chosen, setChosen] = useState("");
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const transfer = useMutation({
    mutationFn: () => transferWorkspace(workspace.id, chosen),
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey });
      await onHandedOver();
    },
  });
  const others = (data?.items ?? []).filter(({ user_id }) => user_id !== userId);
  const heir = others.find(({ user_id }) => user_id === chosen);
  return (
    <Card title="Hand the workspace over" hint="Another member becomes an owner, and you an admin.">
      {data && others.length === 0 ? (
        <p className="text-[0.93rem] text-ink-faint">There is nobody else here yet. Invite somebody first.</p>
      ) : (
        <div className="flex flex-wrap gap-2">
          <Select
            label="Who is to own the workspace"
            className="min-h-10 max-w-full min-w-0"
            value={chosen}
            options={[
              { value: "", label: "Choose a member" },
              ...others.map((member) => ({ value: member.user_id, label: nameOf(member) })),
            ]}
            onChange={setChosen}
          />
          <Button
            look="secondary"
            disabled={!heir}
            onClick={() => {
              setAsking(true);
            }}
          >
            Hand over…
          </Button>
        </div>
      )}
      {heir && (
        <Confirm
          open={asking}
          onOpenChange={setAsking}
          title={`Hand ${workspace.name} over to ${nameOf(heir)}?`}
          action="Hand it over"
          keep="Keep it"
          busy={transfer.isPending}
          error={transfer.error}
          onConfirm={() => {
            transfer.mutate();
          }}
        >
          {nameOf(heir)} becomes an owner and can remove you. You stay, as an admin; only an owner can make
          you an owner again.
        </Confirm>
      )}
    </Card>
  );
}
