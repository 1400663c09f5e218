import type { AuditEntry, AuditQuery } from "@/api/types";
import { instantLabel, shiftDay } from "@/lib/dates";

import type { AuditSearch } from "./search";

/** What happened, in words that stand before what it happened to. */
const ACTIONS: Record<string, string> = {
  "workspace.created": "created the workspace",
  "workspace.updated": "changed the workspace",
  "workspace.deletion_requested": "asked to delete the workspace",
  "workspace.restored": "kept the workspace after all",
  "ownership.transferred": "handed the workspace over to",
  "member.added": "added the member",
  "member.role_changed": "changed the role of",
  "member.removed": "removed the member",
  "member.left": "left the workspace:",
  "invitation.created": "invited",
  "invitation.revoked": "revoked the invitation of",
  "invitation.accepted": "accepted the invitation to",
  "api_key.created": "created the API key",
  "api_key.revoked": "revoked the API key",
  "retention.changed": "changed how long calls are kept",
  "connection.created": "connected",
  "connection.verified": "checked the connection",
  "connection.renamed": "renamed the connection",
  "connection.key_rotated": "changed the key of the connection",
  "connection.paused": "paused the connection",
  "connection.resumed": "resumed the connection",
  "connection.deleted": "deleted the connection",
  "balance.typed_in": "typed in a balance of",
  "balance.taken_back": "took back a balance of",
  "exchange_rate.set": "set the exchange rate",
  "exchange_rate.deleted": "deleted the exchange rate",
  "price_rule.created": "set a price:",
  "price_rule.revoked": "revoked a price:",
  "price_rule.restored": "brought a price back:",
  "repricing.previewed": "previewed a re-pricing:",
  "repricing.applied": "priced calls again:",
  "repricing.undone": "undid a re-pricing:",
  "budget.created": "created the budget",
  "budget.changed": "changed the budget",
  "budget.deleted": "deleted the budget",
  "budget.restored": "restored the budget",
  "channel.created": "added the channel",
  "channel.updated": "changed the channel",
  "channel.deleted": "deleted the channel",
  "alert_settings.updated": "changed the alerts of",
  "alert_settings.reset": "reset the alerts of",
  "quiet_hours.updated": "changed",
  "quiet_hours.deleted": "ended",
};

const KINDS: Record<string, string> = {
  workspace: "Workspace",
  ownership: "Ownership",
  member: "Members",
  invitation: "Invitations",
  api_key: "API keys",
  retention: "How long calls are kept",
  connection: "Connections",
  balance: "Balances",
  exchange_rate: "Exchange rates",
  price_rule: "Prices",
  repricing: "Re-pricing",
  budget: "Budgets",
  channel: "Channels",
  alert_settings: "Alert settings",
  quiet_hours: "Quiet hours",
};

const plain = (name: string) => name.replaceAll(/[._]/g, " ");

/** An invitation without an address is called "a link" where it was made. */
const BY_LINK: Record<string, string> = {
  "invitation.created": "made an invitation with",
  "invitation.revoked": "revoked an invitation with",
  "invitation.accepted": "accepted an invitation with",
};

/** An action that this page does not know yet still reads as words. */
export function actionWords({ action, target }: Pick<AuditEntry, "action" | "target">): string {
  return (target === "a link" && BY_LINK[action]) || (ACTIONS[action] ?? plain(action));
}

/** All kinds, and below each chosen kind its actions: `member.*`, then `member.removed`. */
export function actionOptions(chosen: string | undefined): { value: string; label: string }[] {
  const kind = chosen?.split(".")[0];
  const options = Object.entries(KINDS).flatMap(([name, label]) => [
    { value: `${name}.*`, label },
    ...(name === kind ? actionsOf(name) : []),
  ]);
  const isKnown = chosen === undefined || options.some(({ value }) => value === chosen);
  return [
    { value: "", label: "Everything" },
    ...options,
    ...(isKnown ? [] : [{ value: chosen, label: plain(chosen) }]),
  ];
}

function actionsOf(kind: string): { value: string; label: string }[] {
  return Object.keys(ACTIONS)
    .filter((action) => action.startsWith(`${kind}.`))
    .map((action) => ({ value: action, label: `· ${plain(action.slice(kind.length + 1))}` }));
}

/** The question to the server: days are whole and in UTC, the last one included. */
export function asQuery(search: AuditSearch): AuditQuery {
  return {
    ...(search.actor && { actor_id: search.actor }),
    ...(search.action && { action: search.action }),
    ...(search.target && { target: search.target }),
    ...(search.first && { from: `${search.first}T00:00:00Z` }),
    ...(search.last && { to: `${shiftDay(search.last, 1)}T00:00:00Z` }),
  };
}

export const isFiltered = (search: AuditSearch) => Object.keys(search).length > 0;

/** Lists by nature: of all others two values are the one before and the one after. */
const LISTS: ReadonlySet<string> = new Set(["scopes", "tags", "recipients", "kinds"]);
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/;

/** What else was written down, as names and values. */
export function details(entry: AuditEntry): { name: string; value: string }[] {
  return Object.entries(flat(entry.detail))
    .filter(([name, value]) => value !== null && value !== undefined && !name.endsWith("_id"))
    .map(([name, value]) => ({
      name: plain(name),
      value: isChange(name, value) ? changed(value) : shown(value),
    }));
}

/** What was written down as a whole before and after is told by its parts: those that changed, or all of a new one. */
function flat({ before, after, ...rest }: AuditEntry["detail"]): Record<string, unknown> {
  if (!isRecord(before) && !isRecord(after)) return { before, after, ...rest };
  if (!isRecord(before)) return { ...rest, ...(after as object) };
  if (!isRecord(after)) return { ...rest, ...before };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const moved = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return { ...rest, ...Object.fromEntries(moved.map((name) => [name, [before[name], after[name]]])) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isChange = (name: string, value: unknown): value is [unknown, unknown] =>
  Array.isArray(value) && value.length === 2 && !LISTS.has(name);

const changed = ([before, after]: [unknown, unknown]) => `${shown(before)} → ${shown(after)}`;

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(shown).join(", ");
  if (typeof value === "string") return INSTANT.test(value) ? instantLabel(value) : value;
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, part]) => `${plain(name)} ${shown(part)}`)
      .join(", ");
  }
  return JSON.stringify(value);
}
