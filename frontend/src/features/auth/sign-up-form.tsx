import { useMutation } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";
import { PASSWORD_HINT, PASSWORD_LENGTH } from "@/lib/passwords";

import { register } from "./api";

export function SignUpForm({ onDone }: { onDone: () => void }) {
  const signUp = useMutation({ mutationFn: register, onSuccess: onDone, meta: { quiet401: true } });
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        const name = field("name");
        signUp.mutate({ email: field("email"), password: field("password"), ...(name && { name }) });
      })}
    >
      {signUp.error && <ErrorState error={signUp.error} />}
      <Field label="Name" name="name" autoComplete="name" error={fieldError(signUp.error, "name")} />
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        required
        error={fieldError(signUp.error, "email")}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={PASSWORD_LENGTH}
        hint={PASSWORD_HINT}
        error={fieldError(signUp.error, "password")}
      />
      <Button type="submit" busy={signUp.isPending}>
        Create account
      </Button>
    </form>
  );
}
