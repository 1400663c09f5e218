import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import type { Offer, User, Workspace } from "@/api/types";
import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { Button, buttonClass } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { ErrorState, Loading, Skeleton } from "@/components/ui/states";
import { TEXT_LINK } from "@/components/ui/text-link";
import { logout, visitorQuery } from "@/features/auth/api";
import { ProviderButtons } from "@/features/auth/provider-buttons";
import { SignInForm } from "@/features/auth/sign-in-form";
import { acceptInvitation, offerQuery, startInvitedSignIn } from "@/features/workspaces/api";
import { JoinForm } from "@/features/workspaces/join-form";
import { instantLabel } from "@/lib/dates";
import { isStatus } from "@/lib/errors";

import { forgetToken, keepToken, keptToken } from "@/app/kept-token";
import { useLinkToken } from "@/app/use-link-token";
import { useTitle } from "@/app/use-title";

export function InvitationPage() {
  useTitle("Invitation");
  const arrived = useLinkToken();
  // back from a provider, where the link could not go along
  const [kept] = useState(keptToken);
  useEffect(forgetToken, []);
  const token = arrived ?? kept;
  return token ? <Looked key={token} token={token} /> : <Dead isMissing />;
}

function Looked({ token }: { token: string }) {
  const offer = useQuery(offerQuery(token));
  const visitor = useQuery(visitorQuery);
  const error = offer.error ?? visitor.error;
  if (isStatus(offer.error, 410)) return <Dead />;
  if (offer.data && visitor.data !== undefined) {
    return <Invited token={token} offer={offer.data} visitor={visitor.data} />;
  }
  return (
    <PlainPage title="Your invitation" tools={<ThemeButton />}>
      {error ? (
        <ErrorState
          error={error}
          onRetry={() => {
            void offer.refetch();
            void visitor.refetch();
          }}
        />
      ) : (
        <Loading label="Looking at the invitation">
          <Skeleton className="h-24" />
        </Loading>
      )}
    </PlainPage>
  );
}

type Props = { token: string; offer: Offer; visitor: User | null };

function Invited({ token, offer, visitor }: Props) {
  const open = useOpen();
  const accept = useMutation({
    mutationFn: () => acceptInvitation(token),
    onSuccess: open,
    meta: { quiet401: true },
  });
  if (isStatus(accept.error, 410)) return <Dead />;
  const isForAnother = visitor !== null && offer.email !== null && offer.email !== visitor.email;
  return (
    <PlainPage
      title={`Join ${offer.workspace}`}
      lead={
        <>
          {offer.invited_by ?? "Somebody there"} invites you, as <strong>{offer.role}</strong>. The invitation
          ends {instantLabel(offer.expires_at)}.
        </>
      }
      tools={<ThemeButton />}
    >
      {isForAnother ? (
        <ForAnother offer={offer} visitor={visitor} />
      ) : visitor ? (
        <div className="grid gap-4">
          {accept.error && <ErrorState error={accept.error} />}
          <p>
            You are signed in as <span className="font-medium break-all">{visitor.email}</span>.
          </p>
          <Button
            busy={accept.isPending}
            onClick={() => {
              accept.mutate();
            }}
          >
            Accept the invitation
          </Button>
          <Link to="/" className={TEXT_LINK}>
            Not now
          </Link>
        </div>
      ) : (
        <Stranger
          token={token}
          offer={offer}
          error={accept.error}
          onSignedIn={() => {
            accept.mutate();
          }}
        />
      )}
    </PlainPage>
  );
}

/** Whoever is not signed in makes an account or shows theirs, and is in with that. */
function Stranger({
  token,
  offer,
  error,
  onSignedIn,
}: Omit<Props, "visitor"> & { error: Error | null; onSignedIn: () => void }) {
  const [hasAccount, setHasAccount] = useState(offer.has_account ?? false);
  const open = useOpen();
  const queryClient = useQueryClient();
  const elsewhere = (
    <ProviderButtons
      start={(provider) => startInvitedSignIn(token, provider)}
      onLeave={() => {
        keepToken(token);
      }}
    />
  );
  return (
    <div className="grid gap-5">
      {error && <ErrorState error={error} />}
      {offer.has_account === null && (
        <div className="flex">
          <Segmented
            label="Your account"
            value={hasAccount ? "old" : "new"}
            options={[
              { value: "new", label: "I am new here" },
              { value: "old", label: "I have an account" },
            ]}
            onChange={(next) => {
              setHasAccount(next === "old");
            }}
          />
        </div>
      )}
      {hasAccount ? (
        <div>
          <SignInForm
            email={offer.email ?? undefined}
            action="Sign in and join"
            elsewhere={elsewhere}
            onDone={() => {
              void queryClient.invalidateQueries({ queryKey: visitorQuery.queryKey });
              onSignedIn();
            }}
          />
        </div>
      ) : (
        <div>
          <JoinForm token={token} offer={offer} onDone={({ workspace }) => open(workspace)} />
          {elsewhere}
        </div>
      )}
    </div>
  );
}

function ForAnother({ offer, visitor }: { offer: Offer; visitor: User }) {
  const queryClient = useQueryClient();
  const leave = useMutation({
    mutationFn: logout,
    onSuccess: () => {
      queryClient.removeQueries({ queryKey: ["me"] });
      return queryClient.invalidateQueries({ queryKey: visitorQuery.queryKey });
    },
  });
  return (
    <div className="grid gap-4">
      {leave.error && <ErrorState error={leave.error} />}
      <p>
        The invitation is for <span className="font-medium break-all">{offer.email}</span>, and you are signed
        in as <span className="font-medium break-all">{visitor.email}</span>.
      </p>
      <Button
        busy={leave.isPending}
        onClick={() => {
          leave.mutate();
        }}
      >
        Sign out and go on
      </Button>
      <Link to="/" className={TEXT_LINK}>
        Stay signed in
      </Link>
    </div>
  );
}

/** Into the workspace, with nothing remembered of who was here before. */
function useOpen() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async (workspace: Workspace) => {
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "invitation" });
    await navigate({ to: "/w/$workspace", params: { workspace: workspace.slug }, replace: true });
  };
}

function Dead({ isMissing = false }: { isMissing?: boolean }) {
  return (
    <PlainPage
      title={isMissing ? "Open the link of your invitation" : "This invitation does not work any more"}
      lead={
        isMissing
          ? "This page needs what the link carries. After a reload, open the link again."
          : "It was accepted, or revoked, or its seven days are over, or who sent it may not invite any more."
      }
      tools={<ThemeButton />}
    >
      <div className="grid gap-4">
        <p className="text-ink-soft">
          {isMissing
            ? "Or go on without it."
            : "If it was you who accepted it, you are in: your dashboard shows the workspace. Else ask for another invitation."}
        </p>
        <Link to="/" className={buttonClass()}>
          Go to your dashboard
        </Link>
      </div>
    </PlainPage>
  );
}
