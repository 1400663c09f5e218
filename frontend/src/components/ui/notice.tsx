import { Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

const TONES = {
  info: "border-line bg-accent-wash text-ink",
  warn: "border-warn-line bg-warn-wash text-ink",
  bad: "border-bad-line bg-bad-wash text-ink",
} as const;
const ICON_TONES = { info: "text-accent", warn: "text-warn", bad: "text-bad" } as const;

type Props = { tone?: keyof typeof TONES; title: string; children?: ReactNode; action?: ReactNode };

/** A plain word to the reader. Trouble is announced, the rest is found in passing. */
export function Notice({ tone = "info", title, children, action }: Props) {
  const Icon = tone === "info" ? Info : TriangleAlert;
  return (
    <div
      role={tone === "bad" ? "alert" : "note"}
      className={cx("flex items-start gap-3 rounded-xl border px-4 py-3", TONES[tone])}
    >
      <Icon aria-hidden="true" className={cx("mt-0.5 size-4.5 shrink-0", ICON_TONES[tone])} />
      <div className="min-w-0 flex-1 sm:flex sm:items-start sm:justify-between sm:gap-4">
        <div className="min-w-0">
          <p className="font-semibold">{title}</p>
          {children && <div className="mt-0.5 text-[0.93rem] text-ink-soft">{children}</div>}
        </div>
        {action && <div className="mt-2 shrink-0 sm:mt-0">{action}</div>}
      </div>
    </div>
  );
}
