import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { LinkedSignIn, SignInProvider, User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Ago } from "@/components/ui/moment";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { leaveFor } from "@/lib/leave";

import { entrancesQuery, identitiesQuery, startLinking, unlink } from "./api";
import { ElsewhereNotice } from "./elsewhere-notice";

type Props = {
  user: User;
  /** The page to come back to. */
  here: string;
  /** Why linking came to nothing, when it did. */
  failure?: string;
};

/** Accounts elsewhere that sign in to this one. Nothing is shown where there are none and none can be linked. */
export function LinkedCard({ user, here, failure }: Props) {
  const linked = useQuery(identitiesQuery);
  const { data: entrances } = useQuery(entrancesQuery);
  const items = linked.data?.items ?? [];
  const open = (entrances?.providers ?? []).filter(
    ({ id }) => !items.some(({ provider }) => provider === id),
  );
  if (linked.data && items.length === 0 && open.length === 0) return null;
  return (
    <Card title="Linked sign-ins" hint="Accounts elsewhere that open this one.">
      {failure && (
        <div className="mb-4">
          <ElsewhereNotice code={failure} />
        </div>
      )}
      {linked.data ? (
        <>
          {items.length > 0 && (
            <ul className="mb-4 divide-y divide-line">
              {items.map((identity) => (
                <LinkedRow key={identity.id} identity={identity} />
              ))}
            </ul>
          )}
          <LinkButtons providers={open} user={user} here={here} />
        </>
      ) : linked.error ? (
        <ErrorState error={linked.error} onRetry={() => void linked.refetch()} />
      ) : (
        <SkeletonRows label="Loading linked sign-ins" rows={2} />
      )}
    </Card>
  );
}

type ButtonsProps = { providers: SignInProvider[]; user: User; here: string };

function LinkButtons({ providers, user, here }: ButtonsProps) {
  const go = useMutation({
    mutationFn: (provider: string) => startLinking(provider, here),
    onSuccess: ({ url }) => {
      leaveFor(url);
    },
  });
  if (providers.length === 0) return null;
  if (!user.email_verified) {
    return (
      <p className="text-[0.93rem] text-ink-soft">
        {providers.map(({ name }) => name).join(", ")} can be linked once your address is confirmed.
      </p>
    );
  }
  return (
    <div className="grid gap-3">
      {go.error && <ErrorState error={go.error} />}
      <div className="flex flex-wrap gap-2">
        {providers.map(({ id, name }) => (
          <Button
            key={id}
            look="secondary"
            busy={(go.isPending || go.isSuccess) && go.variables === id}
            onClick={() => {
              go.mutate(id);
            }}
          >
            Link {name}
          </Button>
        ))}
      </div>
    </div>
  );
}

function LinkedRow({ identity }: { identity: LinkedSignIn }) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: () => unlink(identity.id),
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: identitiesQuery.queryKey });
    },
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 first:pt-0">
      <div className="min-w-0">
        <p className="font-medium">{identity.name}</p>
        <p className="text-[0.87rem] text-ink-faint">
          <span className="break-all">{identity.email}</span> · last used{" "}
          <Ago instant={identity.last_used_at} />
          {identity.provider === null && " · not set up here any more"}
        </p>
      </div>
      <Button
        look="danger"
        size="sm"
        aria-label={`Unlink ${identity.name}`}
        onClick={() => {
          setAsking(true);
        }}
      >
        Unlink
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Unlink ${identity.name}?`}
        action="Unlink"
        busy={end.isPending}
        error={end.error}
        onConfirm={() => {
          end.mutate();
        }}
      >
        {identity.email} there does not open your account here any more. Sessions go on.
      </Confirm>
    </li>
  );
}
