import { Download } from "lucide-react";

import { buttonClass } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";

type Props = { codes: readonly string[]; email: string };

/** The recovery codes, the one time they can be seen. */
export function RecoveryCodes({ codes, email }: Props) {
  // made here and saved from here: the codes go nowhere else
  const href = `data:text/plain;charset=utf-8,${encodeURIComponent(asText(codes, email))}`;
  return (
    <div className="grid gap-3 rounded-xl border border-warn-line bg-warn-wash p-4">
      <p className="text-[0.9rem] text-ink-soft">
        They are shown this once. Store them apart from your phone, as you would a password: each opens your
        account once when the app is lost.
      </p>
      <ul
        aria-label="Recovery codes"
        className="grid gap-x-4 gap-y-1 rounded-lg border border-line bg-sheet px-3 py-2 font-mono text-[0.87rem] sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code} className="select-all">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={codes.join("\n")} label="Copy the recovery codes" look="primary" />
        <a
          href={href}
          download="tokenboard-recovery-codes.txt"
          className={buttonClass({ look: "secondary", size: "sm" })}
        >
          <Download aria-hidden="true" className="size-4" />
          Save as a file
        </a>
      </div>
    </div>
  );
}

const asText = (codes: readonly string[], email: string) =>
  [
    `TokenBoard recovery codes of ${email} at ${window.location.origin}`,
    "Each works once.",
    "",
    ...codes,
    "",
  ].join("\n");
