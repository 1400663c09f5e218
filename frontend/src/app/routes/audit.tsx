import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { Notice } from "@/components/ui/notice";
import { AuditLog } from "@/features/audit/audit-log";
import { membersQuery } from "@/features/workspaces/api";
import { isAdmin } from "@/features/workspaces/rules";

const route = getRouteApi("/signed-in/w/$workspace/settings/audit");

export function AuditPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/settings/audit" });
  const { data: members } = useQuery(membersQuery(workspace.id));
  if (!isAdmin(workspace.role)) {
    return <Notice title="Owners and admins read the audit log">Ask one of them under Members.</Notice>;
  }
  return (
    <AuditLog
      workspace={workspace}
      members={members?.items ?? []}
      search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })}
    />
  );
}
