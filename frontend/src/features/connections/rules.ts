import type { Connection, Deletion, NewConnection, ProviderGuide, SyncRun } from "@/api/types";
import type { BadgeTone } from "@/components/ui/badge";
import { dateLabel, periodLabel } from "@/lib/dates";
import { ApiError } from "@/lib/errors";
import { count, milliseconds, money, plural } from "@/lib/format";

type Words = { label: string; tone: BadgeTone };

export const isOpen = ({ status }: Pick<SyncRun, "status">) => status === "queued" || status === "running";

const STATUSES: Record<Connection["status"], Words> = {
  active: { label: "active", tone: "plain" },
  paused: { label: "paused", tone: "warn" },
  failing: { label: "failing", tone: "bad" },
};

/** How a connection is, in a word; what goes on right now comes before how it was. */
export function statusOf(connection: Connection): Words {
  if (connection.run && isOpen(connection.run)) return { label: "syncing", tone: "accent" };
  return STATUSES[connection.status];
}

export const RUN_STATUSES: Record<SyncRun["status"], Words> = {
  queued: { label: "waiting", tone: "accent" },
  running: { label: "running", tone: "accent" },
  done: { label: "done", tone: "plain" },
  partial: { label: "to be continued", tone: "warn" },
  failed: { label: "failed", tone: "bad" },
  stopped: { label: "stopped", tone: "plain" },
};

export const TRIGGERS: Record<SyncRun["trigger"], string> = {
  connect: "first sync",
  manual: "by hand",
  schedule: "by the schedule",
  cron: "by cron",
  compat: "by the API",
};

const KEY_CLASSES: Record<Connection["key_class"], string> = {
  organization: "admin key of an organization",
  restricted: "restricted key",
  project: "project key",
  personal: "personal key",
  individual: "key of an individual account",
  inference: "key that calls models",
  management: "management key",
  cloud: "cloud access",
  unknown: "key of an unknown kind",
};

export function keyText({ key_class: keyClass, key_last4: last4 }: Connection): string {
  return `${KEY_CLASSES[keyClass]} …${last4}`;
}

/** What matters most comes first. */
const FEEDS = ["costs", "usage", "credits", "names"];

export const inOrder = <T>(feeds: readonly T[], name: (feed: T) => string): T[] =>
  feeds.toSorted((a, b) => FEEDS.indexOf(name(a)) - FEEDS.indexOf(name(b)));

/** "costs, usage and names". */
export function feedsText(feeds: readonly string[]): string {
  const words = inOrder(feeds, (feed) => feed);
  if (words.length < 2) return words[0] ?? "nothing";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** The last day that belongs to a half-open end: "19 Nov 2026". */
export const lastDay = (end: string) => dateLabel(new Date(Date.parse(end) - 1).toISOString());

/** The day up to which the provider's costs were read; null where it has none or none were read. */
export function billedUntil({ feeds }: Connection): string | null {
  const until = feeds.find(({ feed }) => feed === "costs")?.synced_until;
  return until ? lastDay(until) : null;
}

/** What a run is doing now, as the name of its bar. */
export function stepText(run: SyncRun): string {
  if (run.feed === null) return "Getting ready";
  const from = run.window_start ?? null;
  const period = from || run.window_end ? `, ${periodLabel(from, run.window_end)}` : "";
  return `Reading ${run.feed}${period}`;
}

/** "1,204 new, 3 changed, 40 unchanged"; flagged only where there are some. */
export function rowsText(run: SyncRun): string {
  const counts = `${count(run.rows_new)} new, ${count(run.rows_changed)} changed, ${count(run.rows_unchanged)} unchanged`;
  return run.rows_flagged > 0 ? `${counts}, ${count(run.rows_flagged)} flagged` : counts;
}

export function tookText({ started_at: start, finished_at: end }: SyncRun): string | null {
  return start && end ? milliseconds(Math.max(0, Date.parse(end) - Date.parse(start))) : null;
}

/** What deleting would touch: "1,204 billed lines ($987.02) and 40 usage lines, of 3 months". */
export function holdingsText(held: Deletion): string {
  const amounts = Object.entries(held.billed).map(([currency, amount]) => money(amount, currency));
  const parts = [
    held.billed_lines > 0 &&
      plural(held.billed_lines, "billed line") + (amounts.length ? ` (${amounts.join(", ")})` : ""),
    held.usage_lines > 0 && plural(held.usage_lines, "usage line"),
    held.credit_snapshots > 0 && plural(held.credit_snapshots, "balance"),
    held.names > 0 && plural(held.names, "name"),
  ].filter(Boolean);
  if (parts.length === 0) return "This connection has brought nothing yet.";
  const months = held.months.length > 0 ? `, of ${plural(held.months.length, "month")}` : "";
  return `This connection brought ${parts.join(", ")}${months}.`;
}

/** A provider and a mode are one choice; this is its value in the form. */
export const choiceOf = ({ provider, mode }: Pick<ProviderGuide, "provider" | "mode">) =>
  `${provider}/${mode}`;

/** The form as the server takes it; what was left empty is left out. */
export function newConnection(guide: ProviderGuide, field: (name: string) => string): NewConnection {
  const filled = guide.fields.map(({ name }) => [name, field(name)] as const).filter(([, value]) => value);
  const [label, baseUrl] = [field("label"), field("base_url")];
  return {
    provider: guide.provider,
    mode: guide.mode,
    api_key: field("api_key"),
    ...(filled.length > 0 && { fields: Object.fromEntries(filled) }),
    ...(label && { label }),
    ...(baseUrl && { base_url: baseUrl }),
  };
}

/** A key that begins otherwise than this provider's keys do is said at once; the provider has the last word. */
export function keyWarning(guide: ProviderGuide, key: string): string | null {
  const start = guide.key_starts_with;
  if (!start || !key || start.startsWith(key) || key.startsWith(start)) return null;
  return `Keys of this kind begin with ${start}`;
}

/** Did the server blame fields that the form shows? Then the words stand there and are not said twice. */
export function blamesField(error: Error | null, names: readonly string[]): boolean {
  return (
    error instanceof ApiError &&
    error.problem.errors.some(({ field }) => names.includes(field.split(".").at(-1) ?? ""))
  );
}
