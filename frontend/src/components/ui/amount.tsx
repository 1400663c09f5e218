import { cx } from "@/lib/cx";
import { exactMoney, isRounded, money } from "@/lib/format";

type Props = {
  value: string | null;
  currency: string;
  /** `below` also writes the exact amount as text; `hover` keeps it in the title and for screen readers. */
  exact?: "below" | "hover";
  unknown?: string;
  className?: string;
};

/** Money as a person reads it, with its last digit never further than a glance away. */
export function Amount({ value, currency, exact = "hover", unknown, className }: Props) {
  const rounded = isRounded(value);
  const full = exactMoney(value, currency, unknown);
  return (
    <span className={cx(value === null && "text-ink-faint", className)} title={rounded ? full : undefined}>
      {money(value, currency, unknown)}
      {rounded && exact === "hover" && <span className="sr-only"> (exactly {full})</span>}
      {rounded && exact === "below" && (
        <span className="block font-mono text-[0.78rem] font-normal break-all text-ink-faint">{full}</span>
      )}
    </span>
  );
}
