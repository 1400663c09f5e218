import type { NewRepricing, Repricing } from "@/api/types";
import type { BadgeTone } from "@/components/ui/badge";
import { periodLabel, shiftDay } from "@/lib/dates";
import { money, plural } from "@/lib/format";

type Status = Repricing["status"];

const RUNNING: readonly Status[] = ["previewing", "applying", "undoing"];

/** Is a worker at it, so that the next look will show something else? */
export const isRunning = ({ status }: Pick<Repricing, "status">) => RUNNING.includes(status);

export const STATUSES: Record<Status, { label: string; tone: BadgeTone }> = {
  previewing: { label: "working out", tone: "accent" },
  ready: { label: "ready to apply", tone: "accent" },
  applying: { label: "applying", tone: "accent" },
  applied: { label: "applied", tone: "plain" },
  undoing: { label: "undoing", tone: "accent" },
  undone: { label: "undone", tone: "plain" },
  failed: { label: "failed", tone: "bad" },
  cancelled: { label: "stopped", tone: "plain" },
};

/** The question for the server; it wants a half-open period, a person says the last day that belongs to it. */
export function asked(
  field: (name: string) => string,
  checks: { unpriced: boolean; reread: boolean },
): NewRepricing {
  const [first, last, provider, model] = [field("from"), field("to"), field("provider"), field("model")];
  return {
    ...(first && { from: `${first}T00:00:00Z` }),
    ...(last && { to: `${shiftDay(last, 1)}T00:00:00Z` }),
    ...(provider && { provider }),
    ...(model && { model }),
    only_unpriced: checks.unpriced,
    reread_usage: checks.reread,
  };
}

/** Which calls, in words: "gpt-4o at openai, 1 Nov 2026 to 30 Nov 2026, only unpriced calls". */
export function scopeText({ filter }: Repricing): string {
  const { from, to, provider, model, only_unpriced: unpriced, reread_usage: reread } = filter;
  return [
    model ?? (provider ? "every model" : "every call"),
    provider && `at ${provider}`,
    `· ${periodLabel(from, to)}`,
    unpriced && "· only calls without a price",
    reread && "· usage read again",
  ]
    .filter(Boolean)
    .join(" ");
}

/** The result in one sentence: "3 models, 41,212 calls, from $1,204.11 to $987.02". */
export function resultText({ summary }: Repricing): string {
  const { models, calls, cost_before: before, cost_after: after } = summary;
  return `${plural(models, "model")}, ${plural(calls, "call")}, from ${money(before)} to ${money(after)}`;
}

/** The same question once more, at the prices of now. */
export function again({ filter }: Repricing): NewRepricing {
  const { from, to, provider, model, only_unpriced, reread_usage } = filter;
  return { from, to, provider, model, only_unpriced, reread_usage };
}
