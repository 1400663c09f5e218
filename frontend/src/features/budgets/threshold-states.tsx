import { BellRing, Circle } from "lucide-react";

import type { Budget } from "@/api/types";
import { Ago } from "@/components/ui/moment";
import { money } from "@/lib/format";

import { sameThreshold, thresholdText } from "./rules";

/** Each threshold: waiting, or when and by which figure it was passed in this period. */
export function ThresholdStates({ budget }: { budget: Budget }) {
  const { thresholds, current, currency } = budget;
  if (thresholds.length === 0)
    return <p className="text-[0.9rem] text-ink-faint">No thresholds: nobody is told.</p>;
  return (
    <ul aria-label="Thresholds" className="flex flex-wrap gap-x-5 gap-y-1 text-[0.9rem]">
      {thresholds.map((threshold) => {
        const fired = current.fired.find((each) => sameThreshold(each, threshold));
        const Icon = fired ? BellRing : Circle;
        return (
          <li key={`${threshold.of}-${threshold.percent}`} className="flex items-center gap-1.5">
            <Icon
              aria-hidden="true"
              className={fired ? "size-3.5 shrink-0 text-warn" : "size-3.5 shrink-0 text-ink-faint"}
            />
            <span>
              {thresholdText(threshold)}{" "}
              <span className="text-ink-faint">
                {fired ? (
                  <>
                    at {money(fired.figure, currency)}, <Ago instant={fired.fired_at} />
                  </>
                ) : (
                  "not reached"
                )}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
