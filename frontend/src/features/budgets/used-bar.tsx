import type { Budget } from "@/api/types";
import { cx } from "@/lib/cx";
import { points } from "@/lib/format";

import { standing } from "./rules";

const TONES = { plain: "bg-line-strong", accent: "bg-accent", warn: "bg-warn", bad: "bg-bad" } as const;
const FULL = 100;

/** Pixels, not money: how far along the bar a share stands. */
const along = (percent: string | number) => `${Math.min(Math.max(Number(percent), 0), FULL)}%`;

/** How much of the amount is used, with the thresholds that are measured by it as marks. */
export function UsedBar({ budget }: { budget: Budget }) {
  const { used_percent: used } = budget.current;
  const marks = budget.thresholds.filter(({ percent, of }) => of === "actual" && percent < FULL);
  return (
    <div
      role="img"
      aria-label={used === null ? "How much is used is not known" : `${points(used)} used`}
      className="relative h-2.5 overflow-hidden rounded-full bg-sunken"
    >
      {used !== null && (
        <div
          className={cx("h-full rounded-full", TONES[standing(budget).tone])}
          style={{ width: along(used) }}
        />
      )}
      {marks.map(({ percent }) => (
        <span
          key={percent}
          className="absolute inset-y-0 w-0.5 bg-sheet ring-[0.5px] ring-line-strong/60"
          style={{ left: along(percent) }}
        />
      ))}
    </div>
  );
}
