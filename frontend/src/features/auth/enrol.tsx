import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { Enrolment, User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { confirmSecondFactor, prepareSecondFactor, secondFactorQuery } from "./api";
import { CodeField } from "./code-field";
import { RecoveryCodes } from "./recovery-codes";

type Props = { user: User; hasPassword: boolean; onDone: () => void };

/** Password, picture, first code, recovery codes: what was shown is forgotten when this closes. */
export function Enrol({ user, hasPassword, onDone }: Props) {
  const queryClient = useQueryClient();
  const prepare = useMutation({ mutationFn: prepareSecondFactor, gcTime: 0, meta: { quiet401: true } });
  const confirm = useMutation({ mutationFn: confirmSecondFactor, gcTime: 0 });
  if (confirm.data) {
    return (
      <>
        <p className="mb-3 font-medium">It is on. Now store your recovery codes.</p>
        <RecoveryCodes codes={confirm.data.codes} email={user.email} />
        <div className="mt-4 flex justify-end">
          <Button
            look="secondary"
            onClick={() => {
              onDone();
              void queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
            }}
          >
            I have stored them
          </Button>
        </div>
      </>
    );
  }
  if (prepare.data) {
    return (
      <form
        className="grid gap-4"
        onSubmit={onSubmit((field) => {
          confirm.mutate(field("code"));
        })}
      >
        <Scan enrolment={prepare.data} />
        {confirm.error && <ErrorState error={confirm.error} />}
        <CodeField
          takesFocus
          label="Code that the app shows"
          hint="Six digits, new every half minute."
          error={fieldError(confirm.error, "code")}
        />
        <Button type="submit" busy={confirm.isPending}>
          Turn on
        </Button>
      </form>
    );
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        prepare.mutate(hasPassword ? field("password") : null);
      })}
    >
      <p className="text-[0.93rem] text-ink-soft">
        You need an authenticator app on your phone: any that reads a QR code will do.
      </p>
      {prepare.error && <ErrorState error={prepare.error} />}
      {hasPassword && (
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={fieldError(prepare.error, "password")}
        />
      )}
      <Button type="submit" busy={prepare.isPending}>
        Go on
      </Button>
    </form>
  );
}

function Scan({ enrolment }: { enrolment: Enrolment }) {
  return (
    <div className="grid gap-4 sm:grid-cols-[auto_minmax(0,1fr)] sm:items-center">
      <img
        src={enrolment.qr}
        alt="QR code for your authenticator app"
        className="mx-auto size-44 rounded-lg border border-line bg-white"
      />
      <div className="grid min-w-0 justify-items-start gap-2 text-[0.93rem]">
        <p>Scan this with your authenticator app.</p>
        <p className="text-ink-soft">If you cannot, type this secret into it:</p>
        <code className="rounded-lg border border-line bg-sunken px-2.5 py-1.5 font-mono text-[0.85rem] break-words select-all">
          {inGroups(enrolment.secret)}
        </code>
        <CopyButton text={enrolment.secret} label="Copy the secret" />
      </div>
    </div>
  );
}

const inGroups = (secret: string) => secret.replace(/(.{4})(?=.)/g, "$1 ");
