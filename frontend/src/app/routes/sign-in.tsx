import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate, useRouter } from "@tanstack/react-router";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { TEXT_LINK } from "@/components/ui/text-link";
import { entrancesQuery, startSignIn } from "@/features/auth/api";
import { ElsewhereNotice } from "@/features/auth/elsewhere-notice";
import { ProviderButtons } from "@/features/auth/provider-buttons";
import { SecondFactorForm } from "@/features/auth/second-factor-form";
import { SignInForm } from "@/features/auth/sign-in-form";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  useTitle("Sign in");
  const { redirect, next, error, second_factor: isHalfWay } = route.useSearch();
  const router = useRouter();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { data: entrances } = useQuery(entrancesQuery);
  const target = redirect ?? next;
  const enter = () => {
    // Nothing of an earlier person's figures may be seen by the next.
    queryClient.clear();
    router.history.push(target ?? "/");
  };
  return (
    <PlainPage
      title="Sign in"
      lead={
        isHalfWay
          ? "One more step: your second factor."
          : redirect
            ? "Your session is needed to open that page."
            : "What your AI calls cost, to the last digit."
      }
      tools={<ThemeButton />}
      footer={
        entrances?.sign_up_open === false ? (
          "New here? Sign-up is closed: somebody who is in already can invite you."
        ) : (
          <>
            New here?{" "}
            <Link to="/sign-up" search={{ redirect }} className={TEXT_LINK}>
              Create an account
            </Link>
          </>
        )
      }
    >
      {error && (
        <div className="mb-4">
          <ElsewhereNotice code={error} />
        </div>
      )}
      {isHalfWay ? (
        <SecondFactorForm
          onDone={enter}
          onBack={() => void navigate({ to: "/sign-in", search: { redirect: next } })}
        />
      ) : (
        <SignInForm
          forgotten={
            <Link to="/forgot-password" className={TEXT_LINK}>
              Forgot password?
            </Link>
          }
          elsewhere={<ProviderButtons start={(provider) => startSignIn(provider, target ?? "/")} />}
          onDone={enter}
        />
      )}
    </PlainPage>
  );
}
