import { Link } from "@tanstack/react-router";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { TEXT_LINK } from "@/components/ui/text-link";
import { ForgotForm } from "@/features/auth/forgot-form";

import { useTitle } from "@/app/use-title";

export function ForgotPasswordPage() {
  useTitle("Forgot your password");
  return (
    <PlainPage
      title="Forgot your password?"
      lead="We mail you a link with which you choose another."
      tools={<ThemeButton />}
      footer={
        <Link to="/sign-in" className={TEXT_LINK}>
          Back to sign-in
        </Link>
      }
    >
      <ForgotForm />
    </PlainPage>
  );
}
