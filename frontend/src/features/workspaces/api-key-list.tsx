import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { ApiKey, Workspace } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";

import { apiKeysQuery, revokeApiKey } from "./api";
import { CreateKeyDialog } from "./create-key-dialog";
import { isAdmin } from "./rules";

export function ApiKeyList({ workspace }: { workspace: Workspace }) {
  const { data, error, refetch } = useQuery(apiKeysQuery(workspace.id));
  const mayEdit = isAdmin(workspace.role);
  return (
    <Card
      title="API keys"
      hint={mayEdit ? "Keys send calls and read figures." : "Owners and admins create and revoke keys."}
      actions={mayEdit && <CreateKeyDialog workspaceId={workspace.id} />}
    >
      {data ? (
        <Keys keys={data.items} workspaceId={workspace.id} mayEdit={mayEdit} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading API keys" />
      )}
    </Card>
  );
}

type KeysProps = { keys: ApiKey[]; workspaceId: string; mayEdit: boolean };

function Keys({ keys, workspaceId, mayEdit }: KeysProps) {
  if (keys.length === 0) {
    return (
      <Empty title="No keys yet">Calls are sent with a key. Create one and put it into your service.</Empty>
    );
  }
  return (
    <ul className="divide-y divide-line">
      {keys.map((key) => (
        <KeyRow key={key.id} apiKey={key} workspaceId={workspaceId} mayEdit={mayEdit} />
      ))}
    </ul>
  );
}

type RowProps = { apiKey: ApiKey; workspaceId: string; mayEdit: boolean };

function KeyRow({ apiKey, workspaceId, mayEdit }: RowProps) {
  const revoked = apiKey.revoked_at !== null;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className={revoked ? "text-ink-faint line-through" : "font-medium"}>{apiKey.name}</span>
          {revoked ? (
            <Badge tone="bad">revoked</Badge>
          ) : (
            apiKey.scopes.map((scope) => <Badge key={scope}>{scope}</Badge>)
          )}
        </p>
        <p className="text-[0.87rem] text-ink-faint">
          <code className="font-mono">{apiKey.prefix}…</code> · created <Ago instant={apiKey.created_at} /> ·{" "}
          {apiKey.last_used_at ? (
            <>
              last used <Ago instant={apiKey.last_used_at} />
            </>
          ) : (
            "never used"
          )}
        </p>
      </div>
      {mayEdit && !revoked && <RevokeKey apiKey={apiKey} workspaceId={workspaceId} />}
    </li>
  );
}

function RevokeKey({ apiKey, workspaceId }: { apiKey: ApiKey; workspaceId: string }) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeApiKey(workspaceId, apiKey.id),
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: apiKeysQuery(workspaceId).queryKey });
    },
  });
  return (
    <>
      <Button
        look="danger"
        size="sm"
        aria-label={`Revoke ${apiKey.name}`}
        onClick={() => {
          setAsking(true);
        }}
      >
        Revoke
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Revoke “${apiKey.name}”?`}
        action="Revoke key"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => {
          revoke.mutate();
        }}
      >
        Whatever still sends with {apiKey.prefix}… is refused from that moment. Calls already recorded stay.
      </Confirm>
    </>
  );
}
