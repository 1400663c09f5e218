import type { ReactNode } from "react";

import { UndoToast } from "@/components/ui/undo-toast";
import { plural } from "@/lib/format";

import type { Change } from "./api";
import { ruleText } from "./rules";
import type { PriceChanges } from "./use-price-changes";

type Props = { changes: PriceChanges; reprice: (change: Change) => ReactNode };

const DONE = {
  added: "is in the prices of this workspace. Calls made before keep their cost until they are priced again.",
  revoked: "is revoked. Calls made before keep their cost until they are priced again.",
  restored: "holds again. Calls made before keep their cost until they are priced again.",
} as const;

/** Says what was changed, and offers to price earlier calls again. */
export function ChangeToast({ changes, reprice }: Props) {
  const { last, isPending, undo, dismiss } = changes;
  const first = last?.rules[0];
  if (!first) return null;
  const more = last.rules.length - 1;
  return (
    <UndoToast change={last} isPending={isPending} onUndo={undo} onClose={dismiss} actions={reprice(last)}>
      <strong className="font-semibold">{ruleText(first)}</strong>
      {more > 0 && ` and ${plural(more, "more rate")}`} {DONE[last.done]}
    </UndoToast>
  );
}
