import { useState } from "react";

import type { Connection, NewBalance, ProviderGuide } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ChoiceField, Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { holders, newBalance, OTHER } from "./credits";
import { blamesField } from "./rules";

const SHOWN = ["provider", "amount", "currency", "at", "account", "note"];

type Props = {
  connections: Connection[];
  guides: ProviderGuide[];
  busy: boolean;
  error: Error | null;
  onSave: (balance: NewBalance) => void;
};

/** Whose balance it is, how much, and when it was read. */
export function BalanceForm({ connections, guides, busy, error, onSave }: Props) {
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        onSave(newBalance(field, connections));
      })}
    >
      {error && !blamesField(error, SHOWN) && <ErrorState error={error} />}
      <Holder connections={connections} guides={guides} error={fieldError(error, "provider")} />
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
        label="Read at, in UTC (optional)"
        name="at"
        type="datetime-local"
        hint="Empty is now."
        error={fieldError(error, "at")}
      />
      <Field
        label="Account (optional)"
        name="account"
        hint="Where you have several with one provider."
        maxLength={128}
        error={fieldError(error, "account")}
      />
      <Field label="Note (optional)" name="note" maxLength={500} error={fieldError(error, "note")} />
      <Button type="submit" busy={busy}>
        Keep this balance
      </Button>
    </form>
  );
}

type HolderProps = Pick<Props, "connections" | "guides"> & { error: string | undefined };

function Holder({ connections, guides, error }: HolderProps) {
  const choices = holders(connections, guides);
  const [choice, setChoice] = useState(choices[0]?.value ?? OTHER);
  const isOther = choice === OTHER;
  return (
    <>
      <ChoiceField
        label="Provider"
        name="holder"
        value={choice}
        options={choices}
        error={isOther ? undefined : error}
        onChange={setChoice}
      />
      {isOther && (
        <Field label="Its name" name="provider" placeholder="openai" required maxLength={64} error={error} />
      )}
    </>
  );
}
