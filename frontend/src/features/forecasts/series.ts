/** The colours are those of the chart, written here too: naming its file would load the library with the page. */
export const SPENT = { key: "spent", label: "Spent so far", color: "var(--series-1)" };
export const CAME = { key: "came", label: "What came", color: "var(--series-1)" };
export const EXPECTED = { key: "expected", label: "Expected", color: "var(--series-2)" };
export const INTERVAL = {
  key: "interval",
  label: "80 % interval",
  color: "color-mix(in srgb, var(--series-2) 25%, transparent)",
};
