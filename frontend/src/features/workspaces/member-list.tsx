import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Member, Role, Workspace } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { changeRole, membersQuery } from "./api";
import { LeaveWorkspace } from "./leave-workspace";
import { RemoveMember } from "./remove-member";
import { grantable, isAdmin, nameOf } from "./rules";

type Props = { workspace: Workspace; userId: string; onLeft: () => void };

export function MemberList({ workspace, userId, onLeft }: Props) {
  const { data, error, refetch } = useQuery(membersQuery(workspace.id));
  const mayEdit = isAdmin(workspace.role);
  const owners = data?.items.filter(({ role }) => role === "owner").length;
  return (
    <Card title="Members" hint={mayEdit ? undefined : "Owners and admins change members."}>
      {data ? (
        <ul className="divide-y divide-line">
          {data.items.map((member) =>
            member.user_id === userId ? (
              <MemberRow key={member.user_id} member={member} isSelf>
                <Badge>{member.role}</Badge>
                <LeaveWorkspace
                  workspace={workspace}
                  userId={userId}
                  isLastOwner={member.role === "owner" && owners === 1}
                  onLeft={onLeft}
                />
              </MemberRow>
            ) : mayEdit && grantable(workspace.role).includes(member.role) ? (
              <EditableRow key={member.user_id} member={member} workspace={workspace} />
            ) : (
              <MemberRow key={member.user_id} member={member}>
                <Badge>{member.role}</Badge>
              </MemberRow>
            ),
          )}
        </ul>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading members" />
      )}
    </Card>
  );
}

type RowProps = { member: Member; isSelf?: boolean; error?: Error | null; children: ReactNode };

function MemberRow({ member, isSelf = false, error = null, children }: RowProps) {
  return (
    <li className="py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="flex items-center gap-2 font-medium">
            <span className="truncate">{nameOf(member)}</span>
            {isSelf && <Badge tone="accent">You</Badge>}
          </p>
          {member.name && <p className="truncate text-[0.87rem] text-ink-faint">{member.email}</p>}
        </div>
        <div className="flex items-center gap-2">{children}</div>
      </div>
      {error && (
        <div className="mt-2">
          <ErrorState error={error} />
        </div>
      )}
    </li>
  );
}

function EditableRow({ member, workspace }: { member: Member; workspace: Workspace }) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(workspace.id, member.user_id, role),
    onSettled: () => queryClient.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey }),
  });
  const name = nameOf(member);
  return (
    <MemberRow member={member} error={change.error}>
      <Select
        label={`Role of ${name}`}
        value={change.isPending ? change.variables : member.role}
        disabled={change.isPending}
        options={grantable(workspace.role).map((role) => ({ value: role, label: role }))}
        onChange={(role) => {
          change.mutate(role as Role);
        }}
      />
      <RemoveMember member={member} workspace={workspace} name={name} />
    </MemberRow>
  );
}
