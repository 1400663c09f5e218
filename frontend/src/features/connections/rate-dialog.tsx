import { useState } from "react";

import type { ExchangeRate } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { newRate, rateFaults, type RateChange, type RateFaults } from "./exchange-rates";
import { blamesField } from "./rules";
import type { RateChanges } from "./use-rate-changes";

const SHOWN = ["currency", "day", "usd_per_unit"] as const;

type Props = {
  rates: ExchangeRate[];
  changes: RateChanges;
  look: "secondary" | "quiet";
  /** The currency that waits for a rate. */
  currency?: string;
};

/** Enters what a unit of a currency is worth from a day on; the rate of the same day gives way. */
export function RateDialog({ rates, changes, look, currency }: Props) {
  const [open, setOpen] = useState(false);
  // what was wrong here is said here, and forgotten with it
  const turn = (isOpen: boolean) => {
    changes.reset();
    setOpen(isOpen);
  };
  return (
    <>
      <Button
        look={look}
        size="sm"
        onClick={() => {
          turn(true);
        }}
      >
        Enter an exchange rate
      </Button>
      <Dialog
        open={open}
        onOpenChange={turn}
        title="Enter an exchange rate"
        description="It holds from its day on, until the next day that has one. Bills in that currency are then counted in dollars."
      >
        <RateForm
          currency={currency}
          changes={changes}
          onSave={(wanted) => {
            const old = rates.find((rate) => rate.currency === wanted.currency && rate.day === wanted.day);
            const change = { ...wanted, before: old?.usd_per_unit ?? null };
            changes.change(change, {
              onSuccess: () => {
                setOpen(false);
              },
            });
          }}
        />
      </Dialog>
    </>
  );
}

type FormProps = {
  currency: string | undefined;
  changes: RateChanges;
  onSave: (wanted: Omit<RateChange, "before">) => void;
};

function RateForm({ currency, changes: { error, isPending }, onSave }: FormProps) {
  const [faults, setFaults] = useState<RateFaults>({});
  const fault = (name: (typeof SHOWN)[number]) => faults[name] ?? fieldError(error, name);
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        const rate = newRate(field);
        const found = rateFaults(rate);
        setFaults(found);
        const { usd_per_unit: after, ...day } = rate;
        if (Object.keys(found).length === 0) onSave({ ...day, after });
      })}
    >
      {error && !blamesField(error, SHOWN) && <ErrorState error={error} />}
      <div className="grid grid-cols-[1fr_2fr] gap-4">
        <Field
          label="Currency"
          name="currency"
          defaultValue={currency}
          placeholder="EUR"
          autoComplete="off"
          maxLength={3}
          className="uppercase placeholder:normal-case"
          error={fault("currency")}
        />
        <Field label="From the day (UTC)" name="day" type="date" error={fault("day")} />
      </div>
      <Field
        label="Dollars per unit"
        name="usd_per_unit"
        inputMode="decimal"
        placeholder="1.0825"
        autoComplete="off"
        hint="Taken to its last digit."
        error={fault("usd_per_unit")}
      />
      <Button type="submit" busy={isPending}>
        Keep this rate
      </Button>
    </form>
  );
}
