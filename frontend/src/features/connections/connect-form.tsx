import { useState } from "react";

import type { NewConnection, ProviderGuide } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ChoiceField, Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { KeyField } from "./key-field";
import { blamesField, choiceOf, newConnection } from "./rules";

type Props = {
  guides: ProviderGuide[];
  busy: boolean;
  error: Error | null;
  onChange: () => void;
  onConnect: (body: NewConnection) => void;
};

const FIRST = "openai/organization";

/** Asks for what the chosen provider needs, and says where each piece is found. */
export function ConnectForm({ guides, busy, error, onChange, onConnect }: Props) {
  const [choice, setChoice] = useState(FIRST);
  const guide = guides.find((each) => choiceOf(each) === choice) ?? guides[0];
  if (!guide) return <p>This service knows no provider that could be connected.</p>;
  const shown = ["api_key", "label", "base_url", ...guide.fields.map(({ name }) => name)];
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        onConnect(newConnection(guide, field));
      })}
    >
      {error && !blamesField(error, shown) && <ErrorState error={error} />}
      <ChoiceField
        label="Provider"
        value={choiceOf(guide)}
        options={guides.map((each) => ({ value: choiceOf(each), label: each.label }))}
        hint={`It reads: ${guide.reads}.`}
        onChange={(next) => {
          setChoice(next);
          // what was wrong with another provider's key is not wrong with this one's
          onChange();
        }}
      />
      <KeyField key={choiceOf(guide)} guide={guide} error={error} />
      {guide.fields.map(({ name, label, hint, is_required: isRequired }) => (
        <Field
          key={`${choiceOf(guide)}/${name}`}
          label={isRequired ? label : `${label} (optional)`}
          name={name}
          hint={hint}
          required={isRequired}
          maxLength={320}
          autoComplete="off"
          error={fieldError(error, name)}
        />
      ))}
      <More error={error} label={guide.label} />
      <Button type="submit" busy={busy}>
        Try the key and connect
      </Button>
    </form>
  );
}

function More({ error, label }: { error: Error | null; label: string }) {
  const isBlamed = blamesField(error, ["label", "base_url"]);
  return (
    <details open={isBlamed || undefined}>
      <summary className="cursor-pointer text-[0.9rem] text-ink-soft">Name and gateway</summary>
      <div className="mt-3 grid gap-4">
        <Field
          label="Name (optional)"
          name="label"
          placeholder={label}
          maxLength={80}
          error={fieldError(error, "label")}
        />
        <Field
          label="Address of a gateway (optional)"
          name="base_url"
          type="url"
          placeholder="https://gateway.example.com/v1"
          hint="Only where the provider is reached through a gateway of your own; https."
          maxLength={300}
          error={fieldError(error, "base_url")}
        />
      </div>
    </details>
  );
}
