import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

const TONES = {
  plain: "border-line bg-sunken text-ink-soft",
  accent: "border-transparent bg-accent-wash text-accent-strong",
  warn: "border-warn-line bg-warn-wash text-warn",
  bad: "border-bad-line bg-bad-wash text-bad",
} as const;

export type BadgeTone = keyof typeof TONES;

export function Badge({
  tone = "plain",
  title,
  children,
}: {
  tone?: BadgeTone;
  title?: string;
  children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={cx(
        "inline-block max-w-full truncate rounded-md border px-1.5 py-px text-[0.79rem] font-medium",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
