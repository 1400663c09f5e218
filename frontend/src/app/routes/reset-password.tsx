import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { buttonClass } from "@/components/ui/button";
import { TEXT_LINK } from "@/components/ui/text-link";
import { ResetForm } from "@/features/auth/reset-form";

import { useLinkToken } from "@/app/use-link-token";
import { useTitle } from "@/app/use-title";

export function ResetPasswordPage() {
  useTitle("Choose a new password");
  const token = useLinkToken();
  const queryClient = useQueryClient();
  const [spent, setSpent] = useState<string | null>(null);
  const [isDone, setDone] = useState(false);
  if (isDone) {
    return (
      <PlainPage
        title="Your password is changed"
        lead="All sessions of your account have ended. A second factor is still asked for."
        tools={<ThemeButton />}
      >
        <Link to="/sign-in" className={buttonClass()}>
          Sign in
        </Link>
      </PlainPage>
    );
  }
  if (!token || token === spent) return <DeadLink isMissing={!token} />;
  return (
    <PlainPage
      title="Choose a new password"
      lead="It ends every session of your account."
      tools={<ThemeButton />}
      footer={
        <Link to="/sign-in" className={TEXT_LINK}>
          Back to sign-in
        </Link>
      }
    >
      <ResetForm
        key={token}
        token={token}
        onSpent={() => {
          setSpent(token);
        }}
        onDone={() => {
          queryClient.clear();
          setDone(true);
        }}
      />
    </PlainPage>
  );
}

function DeadLink({ isMissing }: { isMissing: boolean }) {
  return (
    <PlainPage
      title={isMissing ? "Open the link from your mail" : "This link does not work any more"}
      lead={
        isMissing
          ? "This page needs what the link carries. After a reload, open the link again."
          : "It was used, or a newer one was asked for, or its hour is over."
      }
      tools={<ThemeButton />}
      footer={
        <Link to="/sign-in" className={TEXT_LINK}>
          Back to sign-in
        </Link>
      }
    >
      <Link to="/forgot-password" className={buttonClass()}>
        Ask for another link
      </Link>
    </PlainPage>
  );
}
