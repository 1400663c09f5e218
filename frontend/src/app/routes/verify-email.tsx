import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { buttonClass } from "@/components/ui/button";
import { ErrorState, Loading, Skeleton } from "@/components/ui/states";
import { confirmationQuery, meQuery, visitorQuery } from "@/features/auth/api";
import { ConfirmAddressPrompt } from "@/features/auth/confirm-address-prompt";
import { isStatus } from "@/lib/errors";

import { useLinkToken } from "@/app/use-link-token";
import { useTitle } from "@/app/use-title";

export function VerifyEmailPage() {
  useTitle("Confirm your address");
  const token = useLinkToken();
  return token ? <Redeemed key={token} token={token} /> : <Dead isMissing />;
}

/** Redeems the link as soon as the page is open: the click in the mail was the wish. */
function Redeemed({ token }: { token: string }) {
  const { data, error, refetch } = useQuery(confirmationQuery(token));
  const queryClient = useQueryClient();
  useEffect(() => {
    if (data) void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [data, queryClient]);
  if (data) return <Confirmed email={data.user.email} />;
  if (isStatus(error, 410)) return <Dead />;
  if (isStatus(error, 403)) return <Strange />;
  return (
    <PlainPage title="Confirming your address" tools={<ThemeButton />}>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading label="Confirming your address">
          <Skeleton className="h-10" />
        </Loading>
      )}
    </PlainPage>
  );
}

function Confirmed({ email }: { email: string }) {
  return (
    <PlainPage title="Your address is confirmed" lead={<Address email={email} />} tools={<ThemeButton />}>
      <Onward />
    </PlainPage>
  );
}

/** Nobody, or somebody else, is signed in: the link still works. */
function Strange() {
  return (
    <PlainPage
      title="Sign in to confirm this address"
      lead="Sign in with the account that has this address. Then open the link from your mail again: it still works."
      tools={<ThemeButton />}
    >
      <p className="mb-4 text-ink-soft">
        If you never made an account, close this page: nothing has changed.
      </p>
      <Link to="/sign-in" className={buttonClass()}>
        Sign in
      </Link>
    </PlainPage>
  );
}

/** Whoever is signed in and confirmed already needs no other link; the rest are offered one. */
function Dead({ isMissing = false }: { isMissing?: boolean }) {
  const { data: visitor } = useQuery(visitorQuery);
  if (visitor?.email_verified) return <Confirmed email={visitor.email} />;
  return (
    <PlainPage
      title={isMissing ? "Open the link from your mail" : "This link does not work any more"}
      lead={
        isMissing
          ? "This page needs what the link carries. After a reload, open the link again."
          : "It was used, or a newer one was asked for, or its 48 hours are over."
      }
      tools={<ThemeButton />}
    >
      {visitor ? (
        <ConfirmAddressPrompt email={visitor.email}>You can have another link mailed.</ConfirmAddressPrompt>
      ) : (
        <>
          <p className="mb-4 text-ink-soft">Sign in, and ask for another link in your profile.</p>
          <Link to="/sign-in" className={buttonClass()}>
            Sign in
          </Link>
        </>
      )}
    </PlainPage>
  );
}

function Address({ email }: { email: string }): ReactNode {
  return (
    <>
      <span className="font-medium break-all text-ink">{email}</span> is yours. You can invite people by mail
      and add a second factor.
    </>
  );
}

function Onward() {
  return (
    <Link to="/" className={buttonClass()}>
      Go to your dashboard
    </Link>
  );
}
