import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Member, Role, Workspace } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { addMember, changeRole, membersQuery, removeMember } from "./api";
import { grantable, isAdmin } from "./rules";

const asOptions = (roles: readonly Role[]) => roles.map((role) => ({ value: role, label: role }));

export function MemberList({ workspace, userId }: { workspace: Workspace; userId: string }) {
  const { data, error, refetch } = useQuery(membersQuery(workspace.id));
  const mayEdit = isAdmin(workspace.role);
  return (
    <Card title="Members" hint={mayEdit ? undefined : "Owners and admins change members."}>
      {data ? (
        <ul className="divide-y divide-line">
          {data.items.map((member) => (
            <MemberRow
              key={member.user_id}
              member={member}
              workspace={workspace}
              mayEdit={mayEdit && grantable(workspace.role).includes(member.role)}
              isSelf={member.user_id === userId}
            />
          ))}
        </ul>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading members" />
      )}
      {mayEdit && <AddMember workspace={workspace} />}
    </Card>
  );
}

type RowProps = { member: Member; workspace: Workspace; mayEdit: boolean; isSelf: boolean };

function MemberRow({ member, workspace, mayEdit, isSelf }: RowProps) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(workspace.id, member.user_id, role),
    onSettled: () => queryClient.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey }),
  });
  const name = member.name || member.email || "Somebody";
  return (
    <li className="py-3 first:pt-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="flex items-center gap-2 font-medium">
            <span className="truncate">{name}</span>
            {isSelf && <Badge tone="accent">You</Badge>}
          </p>
          {member.name && <p className="truncate text-[0.87rem] text-ink-faint">{member.email}</p>}
        </div>
        {mayEdit && !isSelf ? (
          <div className="flex items-center gap-2">
            <Select
              label={`Role of ${name}`}
              value={change.variables ?? member.role}
              disabled={change.isPending}
              options={asOptions(grantable(workspace.role))}
              onChange={(role) => {
                change.mutate(role as Role);
              }}
            />
            <RemoveMember member={member} workspace={workspace} name={name} />
          </div>
        ) : (
          <Badge>{member.role}</Badge>
        )}
      </div>
      {change.error && (
        <div className="mt-2">
          <ErrorState error={change.error} />
        </div>
      )}
    </li>
  );
}

function RemoveMember({ member, workspace, name }: { member: Member; workspace: Workspace; name: string }) {
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
        {name} can no longer open {workspace.name}. API keys they made keep working.
      </Confirm>
    </>
  );
}

function AddMember({ workspace }: { workspace: Workspace }) {
  const queryClient = useQueryClient();
  const [role, setRole] = useState<Role>("member");
  const add = useMutation({
    mutationFn: (email: string) => addMember(workspace.id, { email, role }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey }),
  });
  return (
    <form
      className="mt-4 grid gap-3 border-t border-line pt-4"
      onSubmit={onSubmit((field, form) => {
        add.mutate(field("email"), {
          onSuccess: () => {
            form.reset();
          },
        });
      })}
    >
      {add.error && <ErrorState error={add.error} />}
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-56 flex-1">
          <Field
            label="Add someone by the email of their account"
            name="email"
            type="email"
            required
            error={fieldError(add.error, "email")}
          />
        </div>
        <Select
          label="Role"
          value={role}
          className="min-h-10"
          options={asOptions(grantable(workspace.role))}
          onChange={(value) => {
            setRole(value as Role);
          }}
        />
        <Button type="submit" look="secondary" busy={add.isPending}>
          Add
        </Button>
      </div>
    </form>
  );
}
