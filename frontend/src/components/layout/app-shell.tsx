import type { ReactNode } from "react";

type Props = { brand: ReactNode; switcher: ReactNode; nav: ReactNode; tools: ReactNode; children: ReactNode };

export function AppShell({ brand, switcher, nav, tools, children }: Props) {
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-paper/92 backdrop-blur-md">
        <div className="mx-auto flex max-w-[84rem] flex-wrap items-center gap-x-2 px-4 pt-2.5 sm:px-6 lg:pt-0">
          {brand}
          <span aria-hidden="true" className="text-line-strong/70">
            /
          </span>
          <div className="min-w-0 flex-1 lg:flex-none">{switcher}</div>
          {/* On a phone the navigation takes a line of its own, below brand and tools. */}
          <nav
            aria-label="Main"
            className="order-last -mx-1 w-full overflow-x-auto whitespace-nowrap lg:order-none lg:mx-6 lg:w-auto lg:flex-1"
          >
            {nav}
          </nav>
          <div className="flex items-center gap-0.5">{tools}</div>
        </div>
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto max-w-[84rem] px-4 pt-5 pb-16 outline-none sm:px-6 sm:pt-7"
      >
        {children}
      </main>
    </>
  );
}
