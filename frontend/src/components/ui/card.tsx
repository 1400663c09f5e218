import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

type Props = {
  title?: string;
  hint?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
};

/** A sheet on the paper; with a title it is a landmark that can be jumped to. */
export function Card({ title, hint, actions, className, children }: Props) {
  return (
    <section
      aria-label={title}
      className={cx("min-w-0 rounded-xl border border-line bg-sheet p-4 sm:p-5", className)}
    >
      {title && (
        <header className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2.5">
          <div className="min-w-0">
            <h2 className="text-[1.05rem] font-semibold">{title}</h2>
            {hint && <p className="text-[0.87rem] text-ink-faint">{hint}</p>}
          </div>
          {actions && <div className="flex max-w-full min-w-0 flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
