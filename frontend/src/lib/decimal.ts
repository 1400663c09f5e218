/**
 * Decimal strings, exactly. Money never becomes a float on its way to the screen:
 * a number is held as an integer of `digits` and a `scale` (value = digits / 10^scale).
 */
export type Decimal = { readonly digits: bigint; readonly scale: number };

const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Reads `-12.340` or `1.5E-7`. Throws for anything else: a wrong amount must not look like a right one. */
export function parseDecimal(text: string): Decimal {
  const match = PLAIN.exec(text.trim());
  const [, sign, whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (!match || whole + fraction === "") throw new Error(`not a decimal number: ${text}`);
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** Rounds half to even at `scale` decimals; a number with fewer decimals is padded. */
export function roundDecimal({ digits, scale }: Decimal, to: number): Decimal {
  if (scale <= to) return { digits: digits * 10n ** BigInt(to - scale), scale: to };
  const unit = 10n ** BigInt(scale - to);
  const magnitude = digits < 0n ? -digits : digits;
  const rest = (magnitude % unit) * 2n;
  let kept = magnitude / unit;
  if (rest > unit || (rest === unit && kept % 2n === 1n)) kept += 1n;
  return { digits: digits < 0n ? -kept : kept, scale: to };
}

/** Multiplies by 10^places without losing a digit. */
export function shiftDecimal({ digits, scale }: Decimal, places: number): Decimal {
  const moved = scale - places;
  return moved < 0 ? { digits: digits * 10n ** BigInt(-moved), scale: 0 } : { digits, scale: moved };
}

/** How many decimals keep `significant` digits of a number below one: 0.00123 at 2 needs 4. */
export function decimalsFor({ digits, scale }: Decimal, significant: number): number {
  const length = (digits < 0n ? -digits : digits).toString().length;
  return Math.max(0, scale - length + significant);
}

export function isZero({ digits }: Decimal): boolean {
  return digits === 0n;
}

/** Is the value smaller than one, whatever its sign? */
export function isFraction({ digits, scale }: Decimal): boolean {
  return (digits < 0n ? -digits : digits) < 10n ** BigInt(scale);
}

/**
 * Writes a decimal with thousands separators; idle zeros go, but at least `minimum` decimals stay.
 * A negative number gets a true minus sign.
 */
export function writeDecimal({ digits, scale }: Decimal, minimum = 0): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = text
    .slice(text.length - scale)
    .replace(/0+$/, "")
    .padEnd(minimum, "0");
  return `${digits < 0n ? "−" : ""}${whole}${fraction && `.${fraction}`}`;
}

/** Writes a decimal as the wire has it: no separators, an ASCII minus sign. */
export function writePlain(value: Decimal): string {
  return writeDecimal(value).replaceAll(",", "").replace("−", "-");
}

/** Below zero, zero or above, as `a` is smaller than, equal to or larger than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const difference = roundDecimal(a, scale).digits - roundDecimal(b, scale).digits;
  return difference < 0n ? -1 : Number(difference > 0n);
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: roundDecimal(a, scale).digits + roundDecimal(b, scale).digits, scale };
}
