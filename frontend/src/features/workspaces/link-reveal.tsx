import { Link2 } from "lucide-react";

import { CopyButton } from "@/components/ui/copy-button";

/** A new invitation's link, the one time it can be seen. */
export function LinkReveal({ link }: { link: string }) {
  return (
    <div className="rounded-xl border border-warn-line bg-warn-wash p-4">
      <p className="flex items-center gap-2 font-semibold">
        <Link2 aria-hidden="true" className="size-4.5 text-warn" />
        The link, for one person
      </p>
      <p className="mt-0.5 text-[0.9rem] text-ink-soft">
        It is shown this once, and lets in whoever opens it first, for seven days. Send it where only they
        read it.
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <code
          data-testid="invitation-link"
          className="min-w-0 flex-1 basis-64 rounded-lg border border-line bg-sheet px-3 py-2 font-mono text-[0.87rem] break-all select-all"
        >
          {link}
        </code>
        <CopyButton text={link} label="Copy the link" look="primary" />
      </div>
    </div>
  );
}
