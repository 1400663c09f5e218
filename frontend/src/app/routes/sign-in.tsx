import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { TEXT_LINK } from "@/components/ui/text-link";
import { SignInForm } from "@/features/auth/sign-in-form";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  useTitle("Sign in");
  const { redirect } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  return (
    <PlainPage
      title="Sign in"
      lead={
        redirect ? "Your session is needed to open that page." : "What your AI calls cost, to the last digit."
      }
      tools={<ThemeButton />}
      footer={
        <>
          New here?{" "}
          <Link to="/sign-up" search={{ redirect }} className={TEXT_LINK}>
            Create an account
          </Link>
        </>
      }
    >
      <SignInForm
        forgotten={
          <Link to="/forgot-password" className={TEXT_LINK}>
            Forgot password?
          </Link>
        }
        onDone={() => {
          // Nothing of an earlier person's figures may be seen by the next.
          queryClient.clear();
          router.history.push(redirect ?? "/");
        }}
      />
    </PlainPage>
  );
}
