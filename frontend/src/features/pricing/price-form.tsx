import { useState, type ReactNode } from "react";

import type { NewPriceRule } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ChoiceField, Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { RuleRefused } from "./api";
import {
  CAPACITIES,
  FAMILIES,
  faultsOf,
  KINDS,
  METER_CHOICES,
  PIECE_CHOICES,
  rulesOf,
  type Faults,
} from "./rules";

export type Prefill = { kind?: NewPriceRule["kind"]; provider?: string; model?: string };

type Props = {
  prefill: Prefill;
  busy: boolean;
  error: Error | null;
  onSave: (rules: NewPriceRule[]) => void;
};

/** One own price, of any kind; what is wrong is said at the field that is wrong. */
export function PriceForm({ prefill, busy, error, onSave }: Props) {
  const [kind, setKind] = useState<NewPriceRule["kind"]>(prefill.kind ?? "rate");
  const [faults, setFaults] = useState<Faults>({});
  const refused = error instanceof RuleRefused ? error : null;
  const reason = refused?.reason ?? error;
  const fault = (name: string) => faults[name] ?? fieldError(reason, name);
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        const found = faultsOf(kind, field);
        setFaults(found);
        if (Object.keys(found).length === 0) onSave(rulesOf(kind, field));
      })}
    >
      {reason && <ErrorState error={reason} />}
      <Segmented
        label="Kind"
        value={kind}
        options={KINDS}
        onChange={(next) => {
          setKind(next);
          setFaults({});
        }}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Provider"
          name="provider"
          defaultValue={prefill.provider}
          placeholder="openai"
          hint="Empty is any provider."
          maxLength={256}
          error={fault("provider")}
        />
        <Field
          label={kind === "deployment" ? "Deployment or model" : "Model"}
          name="model_pattern"
          defaultValue={prefill.model}
          placeholder={kind === "deployment" ? "prod-chat" : "gpt-4o*"}
          hint="A name, or one with a * at its beginning or end."
          maxLength={256}
          error={fault("model_pattern")}
        />
      </div>
      {kind === "rate" && <RateFields fault={fault} refused={refused} />}
      {kind === "discount" && <DiscountFields fault={fault} />}
      {kind === "deployment" && <DeploymentFields fault={fault} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="First day"
          name="first"
          type="date"
          hint="UTC; empty is since ever."
          error={fault("effective_from")}
        />
        <Field
          label="Last day"
          name="last"
          type="date"
          hint="Empty is for ever."
          error={fault("effective_to")}
        />
      </div>
      <Field
        label="Note"
        name="note"
        placeholder="Contract of 1 Nov, appendix B"
        maxLength={320}
        error={fault("note")}
      />
      <Button type="submit" busy={busy}>
        Save
      </Button>
    </form>
  );
}

type FieldsProps = { fault: (name: string) => string | undefined };

function RateFields({ fault, refused }: FieldsProps & { refused: RuleRefused | null }) {
  const at = (meter: string, name: string) =>
    fault(name) ?? (refused?.rule.meter === meter ? fieldError(refused.reason, "price") : undefined);
  return (
    <Group legend="US dollars per 1M tokens; what is left empty stays as it is">
      <div className="grid gap-4 sm:grid-cols-2">
        {FAMILIES.map(({ value, label }) => (
          <Field
            key={value}
            label={capital(label)}
            name={`price.${value}`}
            inputMode="decimal"
            autoComplete="off"
            error={at(value, `price.${value}`)}
          />
        ))}
      </div>
      <details>
        <summary className="cursor-pointer text-[0.9rem] font-medium">
          Something that is charged by the piece
        </summary>
        <div className="mt-3 grid gap-4 sm:grid-cols-[1.4fr_1fr_1fr]">
          <ChoiceField label="What" name="piece" options={PIECE_CHOICES} error={fault("meter")} />
          <Field label="US dollars" name="price.piece" inputMode="decimal" error={fault("price.piece")} />
          <ChoiceField label="For" name="piece.per" options={PER_CHOICES} error={fault("per")} />
        </div>
      </details>
    </Group>
  );
}

const PER_CHOICES = [
  { value: "1", label: "each" },
  { value: "1000", label: "1,000" },
  { value: "1000000", label: "1M" },
];

function DiscountFields({ fault }: FieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Percent off the list price"
        name="percent"
        inputMode="decimal"
        placeholder="20"
        autoComplete="off"
        error={fault("percent")}
      />
      <ChoiceField label="Off what" name="meter" options={METER_CHOICES} error={fault("meter")} />
    </div>
  );
}

function DeploymentFields({ fault }: FieldsProps) {
  return (
    <Group legend="What it is; what is left empty stays as the call says">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Of provider"
          name="target_provider"
          placeholder="openai"
          error={fault("target_provider")}
        />
        <Field label="Of model" name="target_model" placeholder="gpt-4o" error={fault("target_model")} />
        <Field label="Zone" name="geo" placeholder="eu" error={fault("geo")} />
        <Field label="Tier" name="tier" placeholder="priority" error={fault("tier")} />
      </div>
      <ChoiceField label="Paid for by" name="capacity" options={CAPACITIES} error={fault("capacity")} />
    </Group>
  );
}

function Group({ legend, children }: { legend: string; children: ReactNode }) {
  return (
    <fieldset className="grid gap-4">
      <legend className="mb-2 text-[0.87rem] text-ink-faint">{legend}</legend>
      {children}
    </fieldset>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
