import type { ReactNode } from "react";

import type { Figure as Totals } from "@/api/types";
import { ShareBar } from "@/components/charts/share-bar";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";

import { tokenKinds } from "./rules";

export const SHEET = "min-w-0 rounded-xl border border-line bg-sheet";

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

export function Tokens({ total }: { total: Totals }) {
  const kinds = tokenKinds(total);
  return (
    <div className={cx(SHEET, "col-span-full p-4")}>
      <dt className="eyebrow mb-2.5">Tokens by kind</dt>
      <dd>
        <ShareBar parts={kinds.map((kind) => ({ ...kind, size: kind.size ?? 0 }))} />
        <ul className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-5">
          {kinds.map(({ key, label, color, size }) => (
            <li key={key} className="min-w-0">
              <span className="flex items-center gap-1.5 text-[0.86rem] text-ink-faint">
                <span
                  aria-hidden="true"
                  className="size-2.5 shrink-0 rounded-xs"
                  style={{ background: color }}
                />
                {label}
              </span>
              <span className="font-medium">{count(size)}</span>
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}
