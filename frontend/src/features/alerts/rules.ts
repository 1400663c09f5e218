import type { Alert, AlertKind, AlertSetting, Severity, SettingFigure } from "@/api/types";
import { parseDecimal, shiftDecimal, writePlain } from "@/lib/decimal";

import { KINDS, SEVERITIES, STATES } from "./words";

export const kindLabel = (kind: AlertKind) => KINDS.find(({ value }) => value === kind)?.label ?? kind;
export const stateLabel = (state: Alert["state"]) =>
  STATES.find(({ value }) => value === state)?.label ?? state;
export const severityOf = (severity: Severity) =>
  SEVERITIES.find(({ value }) => value === severity) ?? { label: severity, tone: "plain" as const };

export const isSnoozed = ({ state, snoozed_until: until }: Alert, now: number) =>
  state !== "resolved" && until !== null && Date.parse(until) > now;

const HOUR_MS = 3_600_000;
export const SNOOZES: readonly { value: string; label: string }[] = [
  { value: "1", label: "1 hour" },
  { value: "4", label: "4 hours" },
  { value: "24", label: "1 day" },
  { value: "168", label: "1 week" },
];
export const snoozedUntil = (hours: string, now: number) =>
  new Date(now + Number(hours) * HOUR_MS).toISOString();

// --- figures of a kind: a share is of one on the wire, and per cent to people ---

export const UNIT_WORDS: Record<SettingFigure["unit"], string> = {
  usd: "US dollars",
  times: "times",
  share: "per cent",
  count: "",
  days: "days",
};
const PERCENT_PLACES = 2;
const move = (value: string, places: number) => {
  const { digits, scale } = parseDecimal(value);
  return writePlain(places < 0 ? { digits, scale: scale - places } : shiftDecimal({ digits, scale }, places));
};

export const shownFigure = (unit: SettingFigure["unit"], value: string) =>
  move(value, unit === "share" ? PERCENT_PLACES : 0);

/** What was typed, as the server wants it; what is no number goes as it is, and comes back with a reason. */
export function sentFigure(unit: SettingFigure["unit"], typed: string): string {
  try {
    return move(typed.replaceAll(",", ""), unit === "share" ? -PERCENT_PLACES : 0);
  } catch {
    return typed;
  }
}

/** Is everything as it comes? Then there is nothing to reset. */
export const isDefault = (setting: AlertSetting) =>
  setting.is_on &&
  setting.severity === null &&
  setting.resolves_itself &&
  setting.channel_ids === null &&
  setting.figures.every(({ value, default: usual }) => value === usual);

/** The names of time zones that this browser knows, its own first. */
export function timeZones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([own, "UTC", ...Intl.supportedValuesOf("timeZone")])];
}
