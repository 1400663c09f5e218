import type { ComponentProps, ReactNode } from "react";

import { cx } from "@/lib/cx";

/** A table that may be wider than a phone: it scrolls within itself, by keyboard too. */
export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    // A scrolling region must be reachable by keyboard, and hold what is placed in it for screen readers.
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
    <div tabIndex={0} role="region" aria-label={label} className="relative overflow-x-auto">
      <table className="w-full text-[0.93rem]">{children}</table>
    </div>
  );
}

type CellProps = ComponentProps<"td"> & { end?: boolean };

export function Head({ end = false, className, ...rest }: ComponentProps<"th"> & { end?: boolean }) {
  return (
    <th
      scope="col"
      className={cx(
        "border-b border-line-strong/50 pb-1.5 pl-4 text-[0.86rem] font-medium whitespace-nowrap text-ink-faint first:pl-0",
        end ? "text-right" : "text-left",
        className,
      )}
      {...rest}
    />
  );
}

export function Row({ children }: { children: ReactNode }) {
  return (
    <tr className="align-top [&>*]:border-b [&>*]:border-line [&>*]:py-2 [&>*]:pl-4 [&>*:first-child]:pl-0 last:[&>*]:border-0">
      {children}
    </tr>
  );
}

/** The cell that names its row. */
export function Name({ className, ...rest }: ComponentProps<"th">) {
  return <th scope="row" className={cx("text-left font-normal", className)} {...rest} />;
}

export function Cell({ end = false, className, ...rest }: CellProps) {
  return <td className={cx(end && "text-right", className)} {...rest} />;
}
