export type Series = { key: string; label: string; color: string };

/** One line of a column's tooltip; `text` is written by the caller, so that it can be exact. */
export type ColumnRow = { key: string; label: string; color: string; text: string };

export type Column = {
  id: string;
  /** The name on the axis, short. */
  tick: string;
  /** The name in the tooltip, whole. */
  title: string;
  /** Pixels only: how tall each series stands. Never written as a figure. */
  heights: Record<string, number>;
  rows: readonly ColumnRow[];
  total: string;
  note: string | null;
};
