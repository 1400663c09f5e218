import type { ReactNode } from "react";

type Props = { title: string; hint?: ReactNode; children?: ReactNode };

export function PageHeader({ title, hint, children }: Props) {
  return (
    <div className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-2xl font-semibold">{title}</h1>
        {hint && <p className="mt-0.5 text-[0.93rem] text-ink-faint">{hint}</p>}
      </div>
      {children}
    </div>
  );
}
