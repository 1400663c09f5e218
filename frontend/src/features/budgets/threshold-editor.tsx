import { X } from "lucide-react";
import { useId } from "react";

import type { Threshold } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";

import { thresholdText } from "./rules";

const KINDS = [
  { value: "actual", label: "is spent" },
  { value: "forecast", label: "is forecast" },
] as const;
const MOST = 1000;
const STEP = 10;

type Props = {
  thresholds: readonly Threshold[];
  error?: string;
  onChange: (thresholds: Threshold[]) => void;
};

/** Any number of shares of the amount at which people are told. */
export function ThresholdEditor({ thresholds, error, onChange }: Props) {
  const id = useId();
  const change = (index: number, patch: Partial<Threshold>) => {
    onChange(thresholds.map((each, at) => (at === index ? { ...each, ...patch } : each)));
  };
  return (
    <fieldset className="grid min-w-0 grid-cols-1 gap-2" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1.5 text-[0.9rem] font-medium">Tell us when</legend>
      {thresholds.length === 0 && <p className="text-[0.9rem] text-ink-faint">Never: nobody is told.</p>}
      {thresholds.map((threshold, index) => (
        <div key={index} className="flex items-center gap-2">
          <input
            type="number"
            className="field w-20 shrink-0"
            aria-label={`Threshold ${index + 1}, in per cent`}
            min={1}
            max={MOST}
            step={1}
            required
            value={Number.isNaN(threshold.percent) ? "" : threshold.percent}
            onChange={(event) => {
              change(index, { percent: event.target.valueAsNumber });
            }}
          />
          <span className="text-[0.93rem]">%</span>
          <Select
            label={`What threshold ${index + 1} is measured by`}
            className="min-w-0 flex-1 sm:flex-none"
            value={threshold.of}
            options={KINDS}
            onChange={(of) => {
              change(index, { of: of as Threshold["of"] });
            }}
          />
          <Button
            look="quiet"
            size="icon"
            aria-label={`Remove the threshold ${thresholdText(threshold)}`}
            onClick={() => {
              onChange(thresholds.filter((_, at) => at !== index));
            }}
          >
            <X aria-hidden="true" className="size-4" />
          </Button>
        </div>
      ))}
      {error && (
        <p id={`${id}-error`} className="text-[0.85rem] text-bad">
          {error}
        </p>
      )}
      <div>
        <Button
          look="secondary"
          size="sm"
          onClick={() => {
            onChange([...thresholds, { percent: nextPercent(thresholds), of: "actual" }]);
          }}
        >
          Add a threshold
        </Button>
      </div>
    </fieldset>
  );
}

/** The next round share that is not told of yet. */
function nextPercent(thresholds: readonly Threshold[]): number {
  const taken = new Set(thresholds.filter(({ of }) => of === "actual").map(({ percent }) => percent));
  let percent = 50;
  while (taken.has(percent) && percent < MOST) percent += STEP;
  return percent;
}
