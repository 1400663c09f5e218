/** Months, days and instants. The ledger lives in UTC, and so does everything written here. */

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const DAY_MS = 86_400_000;

const style = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });

const MONTH_LABEL = style({ month: "long", year: "numeric" });
const MONTH_NAME = style({ month: "long" });
const MONTH_SHORT = style({ month: "short" });
const DAY_LABEL = style({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const DAY_SHORT = style({ day: "numeric", month: "short" });
const DATE = style({ day: "numeric", month: "short", year: "numeric" });
const HOUR_SHORT = style({ hour: "2-digit", minute: "2-digit" });
const INSTANT = style({
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function isMonth(text: unknown): text is string {
  return typeof text === "string" && MONTH.test(text);
}

/** A real calendar day as YYYY-MM-DD: the 30th of February is none. */
export function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export function monthOf(instant: string | Date): string {
  return (typeof instant === "string" ? new Date(instant) : instant).toISOString().slice(0, 7);
}

export function currentMonth(now = new Date()): string {
  return monthOf(now);
}

export function shiftMonth(month: string, by: number): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return monthOf(date);
}

export function shiftDay(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);
}

/** The half-open period of a month or, given `day`, of that one day. */
export function periodOf(month: string, day?: string): { from: string; to: string } {
  if (day === undefined) return { from: `${month}-01`, to: `${shiftMonth(month, 1)}-01` };
  return { from: day, to: shiftDay(day, 1) };
}

export const monthLabel = (month: string) => MONTH_LABEL.format(new Date(`${month}-01T00:00:00Z`));
export const monthName = (month: string) => MONTH_NAME.format(new Date(`${month}-01T00:00:00Z`));
export const monthShort = (month: string) => MONTH_SHORT.format(new Date(`${month}-01T00:00:00Z`));
export const dayLabel = (instant: string) => DAY_LABEL.format(new Date(instant));
export const dayShort = (instant: string) => DAY_SHORT.format(new Date(instant));
export const dateLabel = (instant: string) => DATE.format(new Date(instant));
export const hourShort = (instant: string) => HOUR_SHORT.format(new Date(instant));
export const instantLabel = (instant: string) => `${INSTANT.format(new Date(instant))} UTC`;

const isMidnight = (instant: string) => Date.parse(instant) % DAY_MS === 0;

/** "1 Nov 2026", and with the hour where the instant is not a midnight. */
export function momentLabel(instant: string): string {
  return isMidnight(instant) ? dateLabel(instant) : `${dateLabel(instant)}, ${hourShort(instant)} UTC`;
}

/** A half-open period as a person says it: the last day that is named still belongs to it. */
export function periodLabel(start: string | null, end: string | null): string {
  const first = start && momentLabel(start);
  const last =
    end && (isMidnight(end) ? dateLabel(new Date(Date.parse(end) - 1).toISOString()) : momentLabel(end));
  if (!first) return last ? `until ${last}` : "all time";
  if (!last) return `from ${first}`;
  return first === last ? first : `${first} to ${last}`;
}

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "3 minutes ago", up to a month back; older instants are named by their day. */
export function ago(instant: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  if (Math.abs(seconds) > 30 * 86_400)
    return `on ${style({ dateStyle: "medium" }).format(new Date(instant))}`;
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}
