import type { ComponentProps } from "react";

import { cx } from "@/lib/cx";

import { Spinner } from "./spinner";

const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border border-line-strong/60 bg-sheet text-ink hover:bg-sunken",
  quiet: "text-ink-soft hover:bg-sunken hover:text-ink",
  danger: "border border-bad-line bg-sheet text-bad hover:bg-bad-wash",
} as const;

const SIZES = {
  md: "min-h-10 gap-2 px-4",
  sm: "min-h-8 gap-1.5 px-2.5 text-[0.87rem]",
  icon: "size-9 justify-center",
} as const;

export type ButtonLook = { look?: keyof typeof LOOKS; size?: keyof typeof SIZES };

/** The classes alone, for links that look like buttons. */
export function buttonClass({ look = "primary", size = "md" }: ButtonLook = {}, className?: string) {
  return cx(
    "inline-flex shrink-0 items-center justify-center rounded-lg font-medium whitespace-nowrap transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-55",
    LOOKS[look],
    SIZES[size],
    className,
  );
}

type Props = ComponentProps<"button"> & ButtonLook & { busy?: boolean };

export function Button({ look, size, busy = false, className, children, disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      className={buttonClass({ look, size }, className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
