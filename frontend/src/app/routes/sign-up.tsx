import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { Notice } from "@/components/ui/notice";
import { TEXT_LINK } from "@/components/ui/text-link";
import { entrancesQuery, startSignIn } from "@/features/auth/api";
import { ProviderButtons } from "@/features/auth/provider-buttons";
import { SignUpForm } from "@/features/auth/sign-up-form";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/sign-up");

export function SignUpPage() {
  useTitle("Create an account");
  const { redirect } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { data: entrances } = useQuery(entrancesQuery);
  return (
    <PlainPage
      title="Create your account"
      lead="Then name a workspace, send a call, and see what it cost."
      tools={<ThemeButton />}
      footer={
        <>
          Have an account?{" "}
          <Link to="/sign-in" search={{ redirect }} className={TEXT_LINK}>
            Sign in
          </Link>
        </>
      }
    >
      {entrances?.sign_up_open === false ? (
        <Notice title="Sign-up is closed on this server">
          Somebody who is in already can invite you: open the link that they send.
        </Notice>
      ) : (
        <>
          <SignUpForm
            onDone={() => {
              queryClient.clear();
              router.history.push(redirect ?? "/");
            }}
          />
          <ProviderButtons start={(provider) => startSignIn(provider, redirect ?? "/")} />
        </>
      )}
    </PlainPage>
  );
}
