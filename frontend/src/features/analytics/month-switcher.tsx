import { ChevronLeft, ChevronRight } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";

import { Button, buttonClass } from "@/components/ui/button";
import { cx } from "@/lib/cx";
import { currentMonth, monthLabel, monthShort, shiftMonth } from "@/lib/dates";

type Props = { month: string; onChange: (month: string) => void };

/** Steps through months, or picks one from any year. The future has nothing to show. */
export function MonthSwitcher({ month, onChange }: Props) {
  const latest = currentMonth();
  const step = (by: number) => () => {
    onChange(shiftMonth(month, by));
  };
  return (
    <div className="flex items-center gap-1" role="group" aria-label="Month">
      <Button look="secondary" size="icon" aria-label="Previous month" onClick={step(-1)}>
        <ChevronLeft aria-hidden="true" className="size-4.5" />
      </Button>
      <MonthPicker month={month} latest={latest} onChange={onChange} />
      <Button
        look="secondary"
        size="icon"
        aria-label="Next month"
        disabled={month >= latest}
        onClick={step(1)}
      >
        <ChevronRight aria-hidden="true" className="size-4.5" />
      </Button>
      {month !== latest && (
        <Button
          look="quiet"
          size="sm"
          onClick={() => {
            onChange(latest);
          }}
        >
          This month
        </Button>
      )}
    </div>
  );
}

function MonthPicker({ month, latest, onChange }: Props & { latest: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={buttonClass({ look: "secondary", size: "sm" }, "min-h-9 min-w-38")}>
        <span aria-live="polite">{monthLabel(month)}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label="Choose a month"
          sideOffset={6}
          collisionPadding={12}
          className="z-50 w-64 rounded-xl border border-line bg-sheet p-3 shadow-lift"
        >
          <YearGrid
            month={month}
            latest={latest}
            onChange={(picked) => {
              setOpen(false);
              onChange(picked);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function YearGrid({ month, latest, onChange }: Props & { latest: string }) {
  const [year, setYear] = useState(Number(month.slice(0, 4)));
  const months = Array.from({ length: 12 }, (_, index) => `${year}-${String(index + 1).padStart(2, "0")}`);
  return (
    <>
      <div className="mb-2 flex items-center justify-between">
        <Button
          look="quiet"
          size="icon"
          aria-label="Previous year"
          onClick={() => {
            setYear(year - 1);
          }}
        >
          <ChevronLeft aria-hidden="true" className="size-4.5" />
        </Button>
        <span aria-live="polite" className="font-semibold">
          {year}
        </span>
        <Button
          look="quiet"
          size="icon"
          aria-label="Next year"
          disabled={String(year) >= latest.slice(0, 4)}
          onClick={() => {
            setYear(year + 1);
          }}
        >
          <ChevronRight aria-hidden="true" className="size-4.5" />
        </Button>
      </div>
      <div className="grid grid-cols-3 gap-1">
        {months.map((item) => (
          <button
            key={item}
            type="button"
            disabled={item > latest}
            aria-label={monthLabel(item)}
            aria-pressed={item === month}
            onClick={() => {
              onChange(item);
            }}
            className={cx(
              "min-h-9 rounded-lg text-[0.93rem] disabled:opacity-35",
              item === month ? "bg-accent font-semibold text-on-accent" : "hover:bg-sunken",
            )}
          >
            {monthShort(item)}
          </button>
        ))}
      </div>
    </>
  );
}
