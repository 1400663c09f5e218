import { useMutation, useQueryClient } from "@tanstack/react-query";

import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { SubmitRow } from "@/components/ui/submit-row";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";
import { PASSWORD_HINT, PASSWORD_LENGTH } from "@/lib/passwords";

import { changePassword, sessionsQuery } from "./api";

export function PasswordForm() {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
    // A wrong current password may be answered with 401: that is no lost session.
    meta: { quiet401: true },
  });
  return (
    <Card title="Password" hint="Changing it ends every other session.">
      <form
        className="grid max-w-md gap-4"
        onSubmit={onSubmit((field, form) => {
          change.mutate(
            { current_password: field("current_password"), new_password: field("new_password") },
            {
              onSuccess: () => {
                form.reset();
              },
            },
          );
        })}
      >
        {change.error && <ErrorState error={change.error} />}
        <Field
          label="Current password"
          name="current_password"
          type="password"
          autoComplete="current-password"
          required
          error={fieldError(change.error, "current_password")}
        />
        <Field
          label="New password"
          name="new_password"
          type="password"
          autoComplete="new-password"
          minLength={PASSWORD_LENGTH}
          hint={PASSWORD_HINT}
          required
          error={fieldError(change.error, "new_password")}
        />
        <SubmitRow
          label="Change password"
          busy={change.isPending}
          done={change.isSuccess && "Changed. Other sessions have ended."}
        />
      </form>
    </Card>
  );
}
