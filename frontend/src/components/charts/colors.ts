const HUES = 12;

/** The colour of the n-th series; what is past the palette shares the grey of "(other)". */
export function seriesColor(index: number): string {
  return index < HUES ? `var(--series-${index + 1})` : OTHER_COLOR;
}

export const OTHER_COLOR = "var(--series-other)";
