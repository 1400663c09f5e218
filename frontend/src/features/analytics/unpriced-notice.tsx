import type { ReactNode } from "react";

import type { Summary } from "@/api/types";
import { Notice } from "@/components/ui/notice";
import { plural } from "@/lib/format";

import type { CallsLink } from "./links";
import { reasonText } from "./rules";

type Props = { summary: Summary; callsLink: CallsLink; inboxLink?: ReactNode };

/** Says how many calls are in no amount, and why. */
export function UnpricedNotice({ summary, callsLink, inboxLink }: Props) {
  const unpriced = summary.total.unpriced_calls;
  // the other ledgers know no calls
  if (!unpriced) return null;
  const reasons = summary.unpriced.map(
    ({ reason, calls }) => `${plural(calls, "call")}: ${reasonText(reason)}`,
  );
  return (
    <Notice
      tone="warn"
      title={unpriced === 1 ? "1 call is unpriced" : `${plural(unpriced, "call")} are unpriced`}
      action={
        <span className="flex flex-wrap gap-x-4 gap-y-1">
          {inboxLink}
          {callsLink(
            { month: summary.month, price_state: "unpriced" },
            unpriced === 1 ? "Show it" : "Show them",
            "font-medium text-warn underline underline-offset-3",
          )}
        </span>
      }
    >
      What {unpriced === 1 ? "it" : "they"} cost is not known, so {unpriced === 1 ? "it is" : "they are"} in
      no amount on this page{reasons.length > 0 && <> ({reasons.join("; ")})</>}.
    </Notice>
  );
}
