/** UUIDs of version 7 (time first, then chance), and instants as text: both made for every call. */

import { platform } from "./platform/platform.js";

const POOL = new Uint8Array(4000);
let used = POOL.length;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A UUIDv7 of this millisecond, in its usual spelling. */
export function newId(now: number = Date.now()): string {
  if (used >= POOL.length) {
    platform().fillRandom(POOL);
    used = 0;
  }
  const at = used;
  used += 10;
  const byte = (index: number): number => POOL[at + index] ?? 0;
  const hex = (value: number): string => HEX[value] ?? "00";
  const stamp = now.toString(16).padStart(12, "0");
  return (
    `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(byte(0)).slice(1)}${hex(byte(1))}-` +
    `${hex(0x80 | (byte(2) & 0x3f))}${hex(byte(3))}-` +
    hex(byte(4)) +
    hex(byte(5)) +
    hex(byte(6)) +
    hex(byte(7)) +
    hex(byte(8)) +
    hex(byte(9))
  );
}

let second = Number.NaN;
let written = "";

/** The milliseconds since 1970 as ISO 8601. */
export function instantOf(at: number): string {
  const rest = at % 1000;
  if (at - rest !== second) {
    written = new Date(at - rest).toISOString().slice(0, 20);
    second = at - rest;
  }
  return `${written}${String(rest).padStart(3, "0")}Z`;
}
