import { expect, it } from "vitest";

import { figure, freshness, point, summary, trend } from "@/testing/factories";

import {
  columnsOf,
  lastMonthWithCalls,
  mayBeMapped,
  mayBePriced,
  reasonText,
  seriesOf,
  tokenKinds,
} from "./rules";

const grouped = trend(
  [
    point({ key: "(other)", label: "(other)", cost: "0.5" }),
    point({ key: "", label: "", cost: "7", calls: 3 }),
    point({ key: "gpt.4[x]", label: "gpt.4[x]", cost: "9.000000000000000001", calls: 2 }),
    point({ key: "odd", label: "odd", cost: null, calls: 1, unpriced_calls: 1 }),
    point({ start: "2023-11-17T00:00:00Z", key: "odd", label: "odd", cost: "0", calls: 0 }),
  ],
  { group_by: "model" },
);
const totals = trend([
  point({ cost: "16.500000000000000001", calls: 7, unpriced_calls: 1 }),
  point({ start: "2023-11-17T00:00:00Z", cost: "0", calls: 0 }),
]);

it("splits inclusive token counts into kinds that do not overlap", () => {
  const sizes = Object.fromEntries(tokenKinds(figure()).map(({ key, size }) => [key, size]));
  expect(sizes).toEqual({ fresh: 600, read: 300, write: 100, output: 300, reasoning: 200 });
});

it("puts the rest last and in grey, and names what has no name", () => {
  const series = seriesOf(grouped);
  expect(series.map(({ label }) => label)).toEqual(["(none)", "gpt.4[x]", "odd", "(other)"]);
  expect(series.at(-1)?.color).toBe("var(--series-other)");
});

it("writes exact amounts, dearest first, and takes totals from the server", () => {
  const [first, second] = columnsOf(grouped, totals, seriesOf(grouped), "cost");
  expect(first?.rows.map(({ label, text }) => `${label} ${text}`)).toEqual([
    "gpt.4[x] $9.000000000000000001",
    "(none) $7.00",
    "(other) $0.50",
    "odd unpriced",
  ]);
  expect(first?.total).toBe("$16.500000000000000001");
  expect(first?.note).toBe("1 unpriced call, in no amount");
  expect(second?.rows).toEqual([]);
  expect(second?.note).toBeNull();
});

it("counts calls when asked for calls", () => {
  const [first] = columnsOf(grouped, totals, seriesOf(grouped), "calls");
  expect(first?.heights.odd).toBe(1);
  expect(first?.total).toBe("7");
});

it("names hours by their hour", () => {
  const hours = trend([point({ start: "2023-11-16T18:00:00Z" })], { granularity: "hour" });
  const [column] = columnsOf(hours, hours, seriesOf(hours), "cost");
  expect(column).toMatchObject({ tick: "18:00", title: "Thu, 16 Nov 2023, 18:00 UTC" });
});

it("says why a call has no price, in words, even for a reason it has not met", () => {
  expect(reasonText("unknown_model")).toBe("the model is in no price book");
  expect(reasonText("moon_phase")).toBe("moon phase");
  expect(reasonText(null)).toBe("the reason was not recorded");
});

it("points an empty month to where the calls are", () => {
  expect(lastMonthWithCalls(summary({ month: "2026-11" }))).toBe("2023-11");
  expect(lastMonthWithCalls(summary({ month: "2023-11" }))).toBeNull();
  const never = freshness({ last_event_at: null, last_recorded_at: null });
  expect(lastMonthWithCalls(summary({ freshness: never }))).toBeNull();
});

it("offers no price where only the usage is missing, and no mapping where the model is known", () => {
  const reasons = (...names: string[]) => names.map((reason) => ({ reason }));
  expect(mayBePriced(reasons("usage_missing"))).toBe(false);
  expect(mayBePriced(reasons("usage_missing", "no_price_for_unit"))).toBe(true);
  expect(mayBeMapped(reasons("no_price_for_unit"))).toBe(false);
  expect(mayBeMapped(reasons("usage_missing", "unknown_model"))).toBe(true);
});
