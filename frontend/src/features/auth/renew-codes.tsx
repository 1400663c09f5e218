import { useMutation, useQueryClient } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { renewRecoveryCodes, secondFactorQuery } from "./api";
import { CodeField } from "./code-field";
import { RecoveryCodes } from "./recovery-codes";

export function RenewCodes({ email, onDone }: { email: string; onDone: () => void }) {
  const queryClient = useQueryClient();
  const renew = useMutation({
    mutationFn: renewRecoveryCodes,
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey }),
  });
  if (renew.data) {
    return (
      <>
        <RecoveryCodes codes={renew.data.codes} email={email} />
        <div className="mt-4 flex justify-end">
          <Button look="secondary" onClick={onDone}>
            I have stored them
          </Button>
        </div>
      </>
    );
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        renew.mutate(field("code"));
      })}
    >
      <p className="text-[0.93rem] text-ink-soft">
        Ten new ones. Those you stored before do not work any more.
      </p>
      {renew.error && <ErrorState error={renew.error} />}
      <CodeField
        label="Code from your app, or a recovery code"
        takesFocus
        error={fieldError(renew.error, "code")}
      />
      <Button type="submit" busy={renew.isPending}>
        Make new codes
      </Button>
    </form>
  );
}
