import { useMutation, useQueryClient } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { disableSecondFactor, secondFactorQuery } from "./api";
import { CodeField } from "./code-field";

type Props = { hasPassword: boolean; onDone: () => void };

/** Takes both factors to turn the second off. */
export function DisableForm({ hasPassword, onDone }: Props) {
  const queryClient = useQueryClient();
  const disable = useMutation({
    mutationFn: disableSecondFactor,
    onSuccess: async () => {
      onDone();
      await queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
    },
    meta: { quiet401: true },
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        disable.mutate({ code: field("code"), ...(hasPassword && { password: field("password") }) });
      })}
    >
      {disable.error && <ErrorState error={disable.error} />}
      {hasPassword && (
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={fieldError(disable.error, "password")}
        />
      )}
      <CodeField label="Code from your app, or a recovery code" error={fieldError(disable.error, "code")} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onDone}>
          Keep it on
        </Button>
        <Button type="submit" look="danger" busy={disable.isPending}>
          Turn off
        </Button>
      </div>
    </form>
  );
}
