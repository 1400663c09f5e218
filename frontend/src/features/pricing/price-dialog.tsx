import { useState } from "react";

import { Button, type ButtonLook } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { PriceForm, type Prefill } from "./price-form";
import type { PriceChanges } from "./use-price-changes";

type Props = { changes: PriceChanges; prefill?: Prefill; label: string } & ButtonLook;

/** A button, and behind it the form for one own price. */
export function PriceDialog({ changes, prefill = {}, label, ...look }: Props) {
  const [open, setOpen] = useState(false);
  const { change, reset, isPending, error } = changes;
  return (
    <>
      <Button
        {...look}
        onClick={() => {
          reset();
          setOpen(true);
        }}
      >
        {label}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={prefill.model ? `A price for ${prefill.model}` : "New price of your own"}
        description="It holds for calls that arrive from now on; past calls only when they are priced again."
      >
        <PriceForm
          prefill={prefill}
          busy={isPending}
          error={error}
          onSave={(rules) => {
            change(
              { done: "added", rules },
              {
                onSuccess: () => {
                  setOpen(false);
                },
              },
            );
          }}
        />
      </Dialog>
    </>
  );
}
