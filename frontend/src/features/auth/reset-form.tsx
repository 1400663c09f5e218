import { useMutation } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError, isStatus } from "@/lib/errors";
import { onSubmit } from "@/lib/form";
import { PASSWORD_HINT, PASSWORD_LENGTH } from "@/lib/passwords";

import { resetPassword } from "./api";

type Props = { token: string; onDone: () => void; onSpent: () => void };

/** A new password, by a mailed link; `onSpent` when the link does not work any more. */
export function ResetForm({ token, onDone, onSpent }: Props) {
  const reset = useMutation({
    mutationFn: (password: string) => resetPassword({ token, new_password: password }),
    onSuccess: onDone,
    onError: (error) => {
      if (isStatus(error, 410)) onSpent();
    },
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        reset.mutate(field("new_password"));
      })}
    >
      {reset.error && <ErrorState error={reset.error} />}
      <Field
        label="New password"
        name="new_password"
        type="password"
        autoComplete="new-password"
        minLength={PASSWORD_LENGTH}
        hint={PASSWORD_HINT}
        required
        error={fieldError(reset.error, "new_password")}
      />
      <Button type="submit" busy={reset.isPending}>
        Set the new password
      </Button>
    </form>
  );
}
