import { useMutation } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { askPasswordReset } from "./api";

/** Asks for a link to choose a new password. What it says does not tell whether there is an account. */
export function ForgotForm() {
  const ask = useMutation({ mutationFn: askPasswordReset });
  if (ask.isSuccess) {
    return (
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Notice title="Look into your mail">
          If there is an account with <span className="break-all">{ask.variables}</span>, a link to choose a
          new password is on its way. It works once, for an hour.
        </Notice>
        <Button look="secondary" onClick={ask.reset}>
          No mail? Try again
        </Button>
      </div>
    );
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        ask.mutate(field("email"));
      })}
    >
      {ask.error && <ErrorState error={ask.error} />}
      <Field
        label="Email of your account"
        name="email"
        type="email"
        autoComplete="username"
        required
        error={fieldError(ask.error, "email")}
      />
      <Button type="submit" busy={ask.isPending}>
        Mail me a link
      </Button>
    </form>
  );
}
