import { X } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { onSubmit } from "@/lib/form";

import { CALL_FILTERS, CHOICES, tagFilters, type CallFilter, type CallsSearch } from "./filters";

type Props = { search: CallsSearch; onChange: (search: CallsSearch) => void };

/** The filters that hold, each with its way out, and a form that adds one. */
export function CallsFilter({ search, onChange }: Props) {
  const [dimension, setDimension] = useState<CallFilter>("model");
  const held = [...CALL_FILTERS.filter(({ value }) => search[value] !== undefined), ...tagFilters(search)];
  const choices = dimension in CHOICES ? CHOICES[dimension as keyof typeof CHOICES] : null;
  return (
    <div className="mb-4 grid gap-3">
      <form
        className="flex flex-wrap gap-2"
        onSubmit={onSubmit((field, form) => {
          onChange({ ...search, [dimension]: field("value") });
          form.reset();
        })}
      >
        <Select
          label="Filter by"
          value={dimension}
          options={CALL_FILTERS}
          onChange={(value) => {
            setDimension(value as CallFilter);
          }}
        />
        {choices ? (
          <select name="value" aria-label="Value" className="field w-auto py-1 pr-2">
            {choices.map(({ value }) => (
              <option key={value}>{value}</option>
            ))}
          </select>
        ) : (
          <input
            name="value"
            aria-label="Value"
            placeholder={dimension === "api_key" ? "id of the key" : "exact name"}
            className="field w-52"
            required
          />
        )}
        <Button type="submit" look="secondary">
          Filter
        </Button>
      </form>
      {held.length > 0 && (
        <ul aria-label="Filters" className="flex flex-wrap gap-2">
          {held.map(({ value, label }) => (
            <li key={value}>
              <Chip
                text={`${label}: ${search[value] || "(none)"}`}
                onRemove={() => {
                  onChange({ ...search, [value]: undefined });
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      onClick={onRemove}
      aria-label={`Remove the filter ${text}`}
      className="inline-flex min-h-8 max-w-full items-center gap-1.5 rounded-full border border-line bg-accent-wash px-3 text-[0.87rem] text-accent-strong hover:border-accent"
    >
      <span className="truncate">{text}</span>
      <X aria-hidden="true" className="size-3.5 shrink-0" />
    </button>
  );
}
