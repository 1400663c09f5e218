import { useMutation } from "@tanstack/react-query";

import type { Joined, Offer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";
import { PASSWORD_HINT, PASSWORD_LENGTH } from "@/lib/passwords";

import { joinAsNewcomer } from "./api";

type Props = { token: string; offer: Offer; onDone: (joined: Joined) => void };

/** A new account that an invitation makes, also where sign-up is closed. */
export function JoinForm({ token, offer, onDone }: Props) {
  const join = useMutation({ mutationFn: joinAsNewcomer, onSuccess: onDone, meta: { quiet401: true } });
  return (
    <form
      className="grid gap-4"
      aria-label="New account"
      onSubmit={onSubmit((field) => {
        const name = field("name");
        join.mutate({
          token,
          password: field("password"),
          ...(name && { name }),
          ...(!offer.email && { email: field("email") }),
        });
      })}
    >
      {join.error && <ErrorState error={join.error} />}
      <Field label="Name" name="name" autoComplete="name" error={fieldError(join.error, "name")} />
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        required
        defaultValue={offer.email ?? undefined}
        readOnly={offer.email !== null}
        hint={offer.email ? "The invitation is for this address." : undefined}
        error={fieldError(join.error, "email")}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={PASSWORD_LENGTH}
        hint={PASSWORD_HINT}
        error={fieldError(join.error, "password")}
      />
      <Button type="submit" busy={join.isPending}>
        Create account and join
      </Button>
    </form>
  );
}
