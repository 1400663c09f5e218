import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { NewBalance } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { createBalance, creditsQuery } from "./api";
import { newBalance } from "./credits";
import { blamesField } from "./rules";

const SHOWN = ["provider", "amount", "currency", "account", "note"];

/** Takes a balance as a person reads it on the provider's page. */
export function BalanceDialog({ workspaceId }: { workspaceId: string }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: (body: NewBalance) => createBalance(workspaceId, body),
    onSuccess: async () => {
      setOpen(false);
      await queryClient.invalidateQueries({ queryKey: creditsQuery(workspaceId).queryKey });
    },
  });
  const { error } = create;
  return (
    <>
      <Button
        look="secondary"
        size="sm"
        onClick={() => {
          create.reset();
          setOpen(true);
        }}
      >
        Type in a balance
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Type in a balance"
        description="As the provider’s page shows it right now. What was spent follows from the next one, or from what the provider bills since."
      >
        <form
          className="grid gap-4"
          onSubmit={onSubmit((field) => {
            create.mutate(newBalance(field));
          })}
        >
          {error && !blamesField(error, SHOWN) && <ErrorState error={error} />}
          <Field
            label="Provider"
            name="provider"
            placeholder="openai"
            required
            maxLength={64}
            error={fieldError(error, "provider")}
          />
          <div className="grid grid-cols-[2fr_1fr] gap-4">
            <Field
              label="Balance"
              name="amount"
              inputMode="decimal"
              placeholder="250.00"
              autoComplete="off"
              required
              error={fieldError(error, "amount")}
            />
            <Field
              label="Currency"
              name="currency"
              defaultValue="USD"
              required
              maxLength={3}
              error={fieldError(error, "currency")}
            />
          </div>
          <Field
            label="Account (optional)"
            name="account"
            hint="Where you have several with one provider."
            maxLength={128}
            error={fieldError(error, "account")}
          />
          <Field label="Note (optional)" name="note" maxLength={500} error={fieldError(error, "note")} />
          <Button type="submit" busy={create.isPending}>
            Keep this balance
          </Button>
        </form>
      </Dialog>
    </>
  );
}
