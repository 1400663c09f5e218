import { useState } from "react";

import type { Budget, NewBudget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ChoiceField, Field } from "@/components/ui/field";
import { RadioGroup } from "@/components/ui/radio-group";
import { ErrorState } from "@/components/ui/states";
import { shiftDay } from "@/lib/dates";
import { ApiError, fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { FilterEditor } from "./filter-editor";
import { conditionsOf, dimensionsOn } from "./filtering";
import { DEFAULT_THRESHOLDS, LIMITS, newBudget, PERIODS, UNAVAILABLE, type Choices } from "./rules";
import { ThresholdEditor } from "./threshold-editor";

const LEDGERS = [
  { value: "tracked", label: "Tracked: what calls cost", hint: "Known within seconds of each call." },
  {
    value: "billed",
    label: "Billed: what providers charge",
    hint: "As their bills come in, a day or more later; it cannot hold calls back.",
  },
] as const;
const SHOWN = ["name", "amount", "start", "end", "filter", "limit", "percent", "thresholds"];

type Props = {
  workspaceId: string;
  budget?: Budget;
  busy: boolean;
  error: Error | null;
  onKeep: (terms: NewBudget) => void;
};

const choicesOf = (budget?: Budget): Choices => ({
  ledger: budget?.ledger ?? "tracked",
  period: budget?.period ?? "month",
  limit: budget?.limit ?? "none",
  onUnavailable: budget?.on_unavailable ?? "open",
  conditions: budget ? conditionsOf(budget.filter) : [],
  thresholds: budget?.thresholds ?? DEFAULT_THRESHOLDS,
});

export function BudgetForm({ workspaceId, budget, busy, error, onKeep }: Props) {
  const [choices, setChoices] = useState(() => choicesOf(budget));
  const change = (patch: Partial<Choices>) => {
    setChoices((before) => ({ ...before, ...patch }));
  };
  return (
    <form
      className="grid grid-cols-1 gap-5"
      onSubmit={onSubmit((field) => {
        onKeep(newBudget(field, choices));
      })}
    >
      {error && !isAtField(error) && <ErrorState error={error} />}
      <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
        <Field
          label="Name"
          name="name"
          required
          maxLength={80}
          placeholder="Support in production"
          defaultValue={budget?.name}
          error={fieldError(error, "name")}
        />
        <Field
          label="Amount in US dollars"
          name="amount"
          required
          inputMode="decimal"
          autoComplete="off"
          placeholder="500"
          defaultValue={budget?.amount}
          error={fieldError(error, "amount")}
        />
      </div>
      <Period choices={choices} budget={budget} error={error} onChange={change} />
      <RadioGroup
        legend="Which book it is measured by"
        value={choices.ledger}
        options={LEDGERS}
        onChange={(ledger) => {
          const known = dimensionsOn(ledger).map(({ value }) => value);
          const conditions = choices.conditions.filter(({ dimension }) => known.includes(dimension));
          change({ ledger, conditions });
        }}
      />
      <FilterEditor
        workspaceId={workspaceId}
        ledger={choices.ledger}
        conditions={choices.conditions}
        error={fieldError(error, "filter")}
        onChange={(conditions) => {
          change({ conditions });
        }}
      />
      <ThresholdEditor
        thresholds={choices.thresholds}
        error={fieldError(error, "thresholds") ?? fieldError(error, "percent")}
        onChange={(thresholds) => {
          change({ thresholds });
        }}
      />
      {choices.ledger === "tracked" && <Limits choices={choices} error={error} onChange={change} />}
      <div className="flex justify-end">
        <Button type="submit" busy={busy}>
          {budget ? "Keep the changes" : "Set the budget"}
        </Button>
      </div>
    </form>
  );
}

const isAtField = (error: Error) =>
  error instanceof ApiError && SHOWN.some((field) => fieldError(error, field) !== undefined);

type PartProps = { choices: Choices; error: Error | null; onChange: (patch: Partial<Choices>) => void };

function Period({ choices, budget, error, onChange }: PartProps & Pick<Props, "budget">) {
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <ChoiceField
        label="Begins anew"
        value={choices.period}
        options={PERIODS}
        hint="Days are UTC days."
        onChange={(period) => {
          onChange({ period: period as Choices["period"] });
        }}
      />
      {choices.period === "custom" && (
        <>
          <Field
            label="First day"
            name="start"
            type="date"
            required
            defaultValue={budget?.start ?? undefined}
            error={fieldError(error, "start")}
          />
          <Field
            label="Last day"
            name="last"
            type="date"
            required
            defaultValue={budget?.end ? shiftDay(budget.end, -1) : undefined}
            error={fieldError(error, "end")}
          />
        </>
      )}
    </div>
  );
}

function Limits({ choices, error, onChange }: PartProps) {
  return (
    <>
      <RadioGroup
        legend="Hold calls back, where programs ask before each call"
        value={choices.limit}
        options={LIMITS}
        error={fieldError(error, "limit")}
        onChange={(limit) => {
          onChange({ limit });
        }}
      />
      {choices.limit !== "none" && (
        <RadioGroup
          legend="When TokenBoard cannot be asked"
          value={choices.onUnavailable}
          options={UNAVAILABLE}
          onChange={(onUnavailable) => {
            onChange({ onUnavailable });
          }}
        />
      )}
    </>
  );
}
