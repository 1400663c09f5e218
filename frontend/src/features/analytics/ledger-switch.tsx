import type { Summary } from "@/api/types";
import { Segmented } from "@/components/ui/segmented";

import type { ShownLedger } from "./filters";
import { ledgersOf } from "./rules";

type Props = { summary: Summary; onChange: (ledger: ShownLedger) => void };

/** Chooses the book that every figure of the page is from; where there is only one, nothing is asked. */
export function LedgerSwitch({ summary, onChange }: Props) {
  const ledgers = ledgersOf(summary);
  if (ledgers.length < 2) return null;
  return (
    // while a balance is shown, none of these holds
    <Segmented<ShownLedger | "">
      label="Ledger"
      value={summary.ledger === "credits" ? "" : summary.ledger}
      options={ledgers}
      onChange={(next) => {
        if (next) onChange(next);
      }}
    />
  );
}
