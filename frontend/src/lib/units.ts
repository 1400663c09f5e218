/** The words for what is counted and priced; what is not listed says itself. */

const KINDS: Record<string, string> = {
  fresh: "input",
  visible: "output",
  tool: "input from server tools",
  cache_read: "cache read",
  cache_write_5m: "cache write (5 min)",
  cache_write_30m: "cache write (30 min)",
  cache_write_1h: "cache write (1 h)",
  cache_write_12h: "cache write (12 h)",
  cache_write_free: "cache write without a fee",
};

/** A unit in words: `input.cache_read.audio` is "cache read, audio". */
export function unitLabel(unit: string): string {
  const [, kind, modality] = unit.split(".");
  if (kind === undefined || modality === undefined) return unit.replace(/^tool\./, "").replaceAll("_", " ");
  const words = KINDS[kind] ?? kind.replaceAll("_", " ");
  return modality === "text" ? words : `${words}, ${modality}`;
}
