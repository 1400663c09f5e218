import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { SignUpForm } from "@/features/auth/sign-up-form";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/sign-up");

export function SignUpPage() {
  useTitle("Create an account");
  const { redirect } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  return (
    <PlainPage
      title="Create your account"
      lead="Then name a workspace, send a call, and see what it cost."
      tools={<ThemeButton />}
      footer={
        <>
          Have an account?{" "}
          <Link
            to="/sign-in"
            search={{ redirect }}
            className="font-medium text-accent underline underline-offset-3"
          >
            Sign in
          </Link>
        </>
      }
    >
      <SignUpForm
        onDone={() => {
          queryClient.clear();
          router.history.push(redirect ?? "/");
        }}
      />
    </PlainPage>
  );
}
