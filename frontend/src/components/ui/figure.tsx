import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

export const SHEET = "min-w-0 rounded-xl border border-line bg-sheet";

/** One figure of a page, in a list of them; `Aside` says the rest in small print. */
export function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={cx(SHEET, "p-4")}>
      <dt className="eyebrow">{label}</dt>
      <dd className="mt-1.5 text-[1.2rem] leading-tight font-semibold tracking-tight sm:text-[1.3rem] xl:text-[1.2rem] 2xl:text-[1.35rem]">
        {children}
      </dd>
    </div>
  );
}

export function Aside({ tone, children }: { tone?: "bad"; children: ReactNode }) {
  return (
    <span
      className={cx(
        "mt-1 block text-[0.86rem] font-normal tracking-normal",
        tone === "bad" ? "text-bad" : "text-ink-faint",
      )}
    >
      {children}
    </span>
  );
}
