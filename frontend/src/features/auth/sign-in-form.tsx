import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { login } from "./api";
import { SecondFactorForm } from "./second-factor-form";

type Props = {
  /** The only address that is of use here, when an invitation names one. */
  email?: string;
  /** Stands below the password: the way out for who forgot it. */
  forgotten?: ReactNode;
  /** Stands below the form, while it asks for the password: other ways in. */
  elsewhere?: ReactNode;
  /** What the button says. */
  action?: string;
  onDone: () => void;
};

/** Password first; then, where the account asks for it, a code. */
export function SignInForm({ email, forgotten, elsewhere, action = "Sign in", onDone }: Props) {
  const signIn = useMutation({
    mutationFn: login,
    onSuccess: (answer) => {
      if (!answer.second_factor) onDone();
    },
    meta: { quiet401: true },
  });
  if (signIn.data?.second_factor) return <SecondFactorForm onDone={onDone} onBack={signIn.reset} />;
  return (
    <>
      <form
        className="grid gap-4"
        onSubmit={onSubmit((field) => {
          signIn.mutate({ email: field("email"), password: field("password") });
        })}
      >
        {signIn.error && <ErrorState error={signIn.error} />}
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete="username"
          required
          defaultValue={email}
          readOnly={email !== undefined}
          error={fieldError(signIn.error, "email")}
        />
        <div className="grid gap-1.5">
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          {forgotten && <p className="text-[0.9rem]">{forgotten}</p>}
        </div>
        <Button type="submit" busy={signIn.isPending}>
          {action}
        </Button>
      </form>
      {elsewhere}
    </>
  );
}
