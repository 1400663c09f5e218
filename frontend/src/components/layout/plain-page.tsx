import type { ReactNode } from "react";

import { Wordmark } from "@/components/ui/wordmark";

type Props = {
  title: string;
  lead?: ReactNode;
  tools?: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  children?: ReactNode;
};

/** A page with one thing to do: signing in, naming a workspace, being told that nothing is here. */
export function PlainPage({ title, lead, tools, footer, wide = false, children }: Props) {
  return (
    <div className="ruled flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-4 py-4 sm:px-6">
        <Wordmark />
        {tools}
      </header>
      <main className={`mx-auto w-full flex-1 px-4 pt-[6dvh] pb-16 ${wide ? "max-w-3xl" : "max-w-[26rem]"}`}>
        <h1 className="text-[1.7rem] leading-tight font-semibold">{title}</h1>
        {lead && <p className="mt-2 text-ink-soft">{lead}</p>}
        <div className="mt-6 rounded-2xl border border-line bg-sheet p-5 shadow-lift sm:p-6">{children}</div>
        {footer && <div className="mt-6 text-[0.93rem] text-ink-soft">{footer}</div>}
      </main>
    </div>
  );
}
