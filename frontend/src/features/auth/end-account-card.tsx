import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { deleteAccount, secondFactorQuery } from "./api";
import { CodeField } from "./code-field";

type Props = { user: User; hasPassword: boolean; onDone: () => void };

export function EndAccountCard(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Card title="Delete your account" hint="At once, and for good.">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-72 text-[0.93rem] text-ink-soft">
          You leave every workspace. One that nobody else owns has to be handed over or deleted first.
        </p>
        <Button
          look="danger"
          onClick={() => {
            setOpen(true);
          }}
        >
          Delete account…
        </Button>
      </div>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Delete your account?"
        description="Your sessions, linked sign-ins and memberships go with it. What you did stays in the audit logs, without your name. It cannot be taken back."
      >
        <EndForm
          {...props}
          onKeep={() => {
            setOpen(false);
          }}
        />
      </Dialog>
    </Card>
  );
}

function EndForm({ user, hasPassword, onDone, onKeep }: Props & { onKeep: () => void }) {
  const { data: factor } = useQuery(secondFactorQuery);
  const end = useMutation({ mutationFn: deleteAccount, onSuccess: onDone, meta: { quiet401: true } });
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        end.mutate({
          email: field("email"),
          ...(hasPassword && { password: field("password") }),
          ...(factor?.enabled && { code: field("code") }),
        });
      })}
    >
      {end.error && <ErrorState error={end.error} />}
      <Field
        label="Type your email to go on"
        name="email"
        type="email"
        autoComplete="off"
        placeholder={user.email}
        required
        error={fieldError(end.error, "email")}
      />
      {hasPassword && (
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={fieldError(end.error, "password")}
        />
      )}
      {factor?.enabled && (
        <CodeField label="Code from your app, or a recovery code" error={fieldError(end.error, "code")} />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onKeep}>
          Keep my account
        </Button>
        <Button type="submit" look="danger" busy={end.isPending}>
          Delete my account
        </Button>
      </div>
    </form>
  );
}
