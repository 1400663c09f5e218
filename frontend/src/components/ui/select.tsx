import type { ComponentProps } from "react";

import { cx } from "@/lib/cx";

type Option = { value: string; label: string };
type Props = Omit<ComponentProps<"select">, "onChange"> & {
  label: string;
  options: readonly Option[];
  onChange: (value: string) => void;
};

/** The platform's own select: best on a phone, known to every screen reader. */
export function Select({ label, options, onChange, className, ...rest }: Props) {
  return (
    <select
      aria-label={label}
      className={cx("field w-auto py-1 pr-2 text-[0.93rem]", className)}
      onChange={(event) => {
        onChange(event.target.value);
      }}
      {...rest}
    >
      {options.map(({ value, label: text }) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
