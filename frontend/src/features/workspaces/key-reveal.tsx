import { KeyRound } from "lucide-react";

import { CopyButton } from "@/components/ui/copy-button";

/** A new key's secret, the one time it can be seen. */
export function KeyReveal({ name, secret }: { name: string; secret: string }) {
  return (
    <div className="rounded-xl border border-warn-line bg-warn-wash p-4">
      <p className="flex items-center gap-2 font-semibold">
        <KeyRound aria-hidden="true" className="size-4.5 text-warn" />
        Your API key “{name}”
      </p>
      <p className="mt-0.5 text-[0.9rem] text-ink-soft">
        It is shown this once: only its hash is kept. Copy it now and store it as you would a password.
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <code
          data-testid="api-key"
          className="min-w-0 flex-1 basis-64 rounded-lg border border-line bg-sheet px-3 py-2 font-mono text-[0.87rem] break-all select-all"
        >
          {secret}
        </code>
        <CopyButton text={secret} label="Copy the API key" look="primary" />
      </div>
    </div>
  );
}
