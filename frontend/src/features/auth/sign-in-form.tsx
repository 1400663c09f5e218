import { useMutation } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { login } from "./api";

export function SignInForm({ onDone }: { onDone: () => void }) {
  const signIn = useMutation({ mutationFn: login, onSuccess: onDone, meta: { quiet401: true } });
  return (
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
        error={fieldError(signIn.error, "email")}
      />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      <Button type="submit" busy={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}
