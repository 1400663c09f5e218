import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";
import { fieldError, isStatus } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { showSecondFactor } from "./api";
import { CodeField } from "./code-field";

type Props = { onDone: () => void; onBack: () => void };

/** The second step of signing in. Both kinds of code go to the same question. */
export function SecondFactorForm({ onDone, onBack }: Props) {
  const [recovers, setRecovers] = useState(false);
  const show = useMutation({ mutationFn: showSecondFactor, onSuccess: onDone, meta: { quiet401: true } });
  return (
    <form
      className="grid gap-4"
      aria-label="Second factor"
      onSubmit={onSubmit((field) => {
        show.mutate(field("code"));
      })}
    >
      {show.error && <ErrorState error={show.error} />}
      <CodeField
        key={recovers ? "recovery" : "app"}
        takesFocus
        label={recovers ? "Recovery code" : "Code from your authenticator app"}
        hint={
          recovers
            ? "One of the ten you stored when you turned the second factor on. It works once."
            : "Six digits, new every half minute."
        }
        error={fieldError(show.error, "code")}
      />
      <Button type="submit" busy={show.isPending}>
        Sign in
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="quiet" size="sm" className="-mx-2.5" onClick={onBack}>
          {isStatus(show.error, 401) ? "Begin again" : "Back"}
        </Button>
        <Button
          look="quiet"
          size="sm"
          className="-mx-2.5"
          onClick={() => {
            show.reset();
            setRecovers(!recovers);
          }}
        >
          {recovers ? "Use the app instead" : "Use a recovery code"}
        </Button>
      </div>
    </form>
  );
}
