/** The one place where figures are rounded and dressed for a person. Unknown is a word, never a zero. */
import {
  decimalsFor,
  isFraction,
  isZero,
  parseDecimal,
  roundDecimal,
  shiftDecimal,
  writeDecimal,
  writePlain,
  type Decimal,
} from "./decimal";

export const UNKNOWN = "—";
export const UNPRICED = "unpriced";

const SIGNIFICANT = 6;
const SYMBOLS: Record<string, string> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", CNY: "CN¥" };

function withCurrency(amount: string, currency: string): string {
  const symbol = SYMBOLS[currency] ?? `${currency} `;
  return amount.startsWith("−") ? `−${symbol}${amount.slice(1)}` : `${symbol}${amount}`;
}

function roundForReading(value: Decimal): Decimal {
  const decimals = isZero(value) || !isFraction(value) ? 2 : Math.max(2, decimalsFor(value, SIGNIFICANT));
  return roundDecimal(value, decimals);
}

/** An amount for reading: cents from one unit up, six significant digits below it. */
export function money(value: string | null, currency = "USD", unknown = UNPRICED): string {
  if (value === null) return unknown;
  return withCurrency(writeDecimal(roundForReading(parseDecimal(value)), 2), currency);
}

/** The same amount to its last digit. */
export function exactMoney(value: string | null, currency = "USD", unknown = UNPRICED): string {
  if (value === null) return unknown;
  return withCurrency(writeDecimal(parseDecimal(value), 2), currency);
}

/** Did `money` have to leave digits out? */
export function isRounded(value: string | null): boolean {
  return value !== null && money(value) !== exactMoney(value);
}

/** A round number on a chart's axis. Axis ticks are positions, not amounts, so a float is right here. */
export function axisMoney(tick: number, currency = "USD"): string {
  return withCurrency(axisCount(tick), currency);
}

const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function axisCount(tick: number): string {
  return COMPACT.format(tick);
}

/** A whole count with separators; null is not known. */
export function count(value: number | null): string {
  return value === null ? UNKNOWN : COUNT.format(value);
}

/** A count short enough for a narrow column: 1.28M. */
export function compactCount(value: number | null): string {
  return value === null ? UNKNOWN : COMPACT.format(value);
}

export function plural(value: number | null, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A fraction as a percentage: "0.1234" is "12.3%"; `signed` marks a rise with a plus. */
export function percent(fraction: string | null, { signed = false } = {}): string {
  if (fraction === null) return UNKNOWN;
  const value = shiftDecimal(parseDecimal(fraction), 2);
  const tenths = roundDecimal(value, 1);
  if (isZero(tenths) && !isZero(value)) return value.digits > 0n ? "<0.1%" : ">−0.1%";
  const plus = signed && tenths.digits > 0n ? "+" : "";
  return `${plus}${writeDecimal(tenths)}%`;
}

/** A percentage that is one already: "20" is "20%", "-2.5641" is "−2.6%"; `signed` marks a rise with a plus. */
export function points(percentage: string | null, options?: { signed?: boolean }): string {
  if (percentage === null) return UNKNOWN;
  const { digits, scale } = parseDecimal(percentage);
  return percent(writePlain({ digits, scale: scale + 2 }), options);
}

/** A count that may have decimals (seconds, hours), to its last digit. */
export function quantity(value: string): string {
  return writeDecimal(parseDecimal(value));
}

const DENOMINATORS: Record<number, string> = { 1: "each", 1_000_000: "per 1M" };

/** A published price and what it buys, as a price list writes it: "$2.50 per 1M", "$0.04 each". */
export function unitPrice(price: string, per: number, currency = "USD"): string {
  return `${exactMoney(price, currency)} ${DENOMINATORS[per] ?? `per ${count(per)}`}`;
}

/** The share of `part` in `whole`, both counts: errors of calls. */
export function ratio(part: number, whole: number): string {
  return whole === 0 ? UNKNOWN : percent((part / whole).toFixed(6));
}

/** A duration for reading: 840 ms, 1.24 s, 2 min 5 s. */
export function milliseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 10) return `${Number(value.toFixed(1))} ms`;
  if (value < 999.5) return `${value.toFixed(0)} ms`;
  if (value < 59_995) return `${(value / 1000).toFixed(2)} s`;
  const seconds = Math.round(value / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
