import { Tabs } from "radix-ui";
import { useState } from "react";

import { CopyButton } from "@/components/ui/copy-button";

import { LANGUAGES, snippet, type Language } from "./snippets";

export function SnippetTabs({ origin, apiKey }: { origin: string; apiKey: string }) {
  const [language, setLanguage] = useState<Language>("curl");
  return (
    <Tabs.Root
      value={language}
      onValueChange={(value) => {
        setLanguage(value as Language);
      }}
      className="overflow-hidden rounded-xl border border-line bg-sheet"
    >
      <div className="flex items-center justify-between gap-2 border-b border-line pr-2">
        <Tabs.List aria-label="Language" className="flex">
          {LANGUAGES.map(({ value, label }) => (
            <Tabs.Trigger
              key={value}
              value={value}
              className="-mb-px min-h-11 border-b-2 border-transparent px-3.5 text-[0.93rem] font-medium text-ink-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
            >
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <CopyButton text={snippet(language, origin, apiKey)} label="Copy the snippet" />
      </div>
      {LANGUAGES.map(({ value, label }) => (
        <Tabs.Content key={value} value={value} className="overflow-x-auto">
          <pre aria-label={`${label} snippet`} className="p-4 font-mono text-[0.82rem] leading-relaxed">
            {snippet(value, origin, apiKey)}
          </pre>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
