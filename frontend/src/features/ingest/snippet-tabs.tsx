import { Tabs, ToggleGroup } from "radix-ui";
import { useState } from "react";

import { CopyButton } from "@/components/ui/copy-button";

import { recipeOf, WAYS, type Place, type Recipe, type Way } from "./snippets";

/** Programs that send calls to `origin` with this key: the language first, then whose client it is. */
export function SnippetTabs(place: Place) {
  const [chosen, setChosen] = useState<Way["value"]>("python");
  const [vendor, setVendor] = useState("openai");
  const way = WAYS.find(({ value }) => value === chosen) ?? WAYS[0];
  const recipe = recipeOf(way, vendor);
  const code = recipe.code(place);
  return (
    <Tabs.Root
      value={way.value}
      onValueChange={(value) => {
        setChosen(value as Way["value"]);
      }}
      className="overflow-hidden rounded-xl border border-line bg-sheet"
    >
      <Tabs.List aria-label="Language" className="flex overflow-x-auto border-b border-line">
        {WAYS.map(({ value, label }) => (
          <Tabs.Trigger
            key={value}
            value={value}
            className="min-h-11 border-b-2 border-transparent px-3 text-[0.93rem] font-medium text-ink-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink sm:px-4"
          >
            {label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <div className="grid gap-3 p-3 sm:px-4">
        <Choice label={way.choice} recipes={way.recipes} value={recipe.value} onChange={setVendor} />
        {recipe.install && <Install command={recipe.install} />}
      </div>
      <div className="flex items-center justify-between gap-3 border-t border-line bg-sunken px-3 py-1.5 sm:px-4">
        <p className="text-[0.82rem] text-ink-soft">{way.note}</p>
        <CopyButton text={code} label="Copy the snippet" />
      </div>
      {WAYS.map(({ value, label }) => (
        <Tabs.Content key={value} value={value} className="overflow-x-auto">
          <pre
            aria-label={`${label} snippet`}
            className="p-3 font-mono text-[0.82rem] leading-relaxed sm:p-4"
          >
            {code}
          </pre>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}

type ChoiceProps = {
  label: string;
  recipes: readonly Recipe[];
  value: string;
  onChange: (value: string) => void;
};

function Choice({ label, recipes, value, onChange }: ChoiceProps) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      // Radix hands "" when the chosen one is pressed again; one always holds here.
      onValueChange={(next) => {
        if (next) onChange(next);
      }}
      className="flex flex-wrap gap-1.5"
    >
      {recipes.map((recipe) => (
        <ToggleGroup.Item
          key={recipe.value}
          value={recipe.value}
          className="min-h-8 rounded-full border border-line px-3 text-[0.87rem] font-medium text-ink-soft transition-colors hover:text-ink data-[state=on]:border-accent data-[state=on]:bg-accent-wash data-[state=on]:text-accent-strong"
        >
          {recipe.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

function Install({ command }: { command: string }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <code className="min-w-0 font-mono text-[0.82rem] break-words">
        <span aria-hidden="true" className="text-ink-faint select-none">
          ${" "}
        </span>
        {command}
      </code>
      <CopyButton text={command} label="Copy the command" />
    </div>
  );
}
