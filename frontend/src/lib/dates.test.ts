import { describe, expect, it } from "vitest";

import {
  ago,
  currentMonth,
  dayLabel,
  instantLabel,
  isDay,
  isMonth,
  momentLabel,
  monthLabel,
  monthOf,
  periodLabel,
  periodOf,
  shiftMonth,
} from "./dates";

it("knows a month and a day when it sees one", () => {
  expect(["2023-11", "2026-01"].every(isMonth)).toBe(true);
  expect(["2023-13", "2023-00", "2023-1", "23-11", "", null, 2023].some(isMonth)).toBe(false);
  expect(["2024-02-29", "2023-11-30"].every(isDay)).toBe(true);
  expect(["2023-02-29", "2023-11-31", "2023-11", "x", 5].some(isDay)).toBe(false);
});

it("steps over the turn of the year", () => {
  expect(shiftMonth("2023-12", 1)).toBe("2024-01");
  expect(shiftMonth("2024-01", -1)).toBe("2023-12");
  expect(shiftMonth("2024-03", -25)).toBe("2022-02");
});

it("gives half-open periods", () => {
  expect(periodOf("2023-12")).toEqual({ from: "2023-12-01", to: "2024-01-01" });
  expect(periodOf("2024-02", "2024-02-29")).toEqual({ from: "2024-02-29", to: "2024-03-01" });
});

it("counts months in UTC, wherever the reader sits", () => {
  expect(currentMonth(new Date("2026-10-31T23:59:59.999Z"))).toBe("2026-10");
  expect(currentMonth(new Date("2026-11-01T00:00:00Z"))).toBe("2026-11");
  expect(monthOf("2026-11-01T01:00:00+02:00")).toBe("2026-10");
});

it("names dates in words", () => {
  expect(monthLabel("2023-11")).toBe("November 2023");
  expect(dayLabel("2023-11-16T00:00:00Z")).toBe("Thu, 16 Nov 2023");
  expect(instantLabel("2023-11-16T19:14:58Z")).toBe("16 Nov 2023, 19:14:58 UTC");
});

it("names an instant by its day, and by its hour where that matters", () => {
  expect(momentLabel("2026-11-01T00:00:00Z")).toBe("1 Nov 2026");
  expect(momentLabel("2026-11-01T09:30:00Z")).toBe("1 Nov 2026, 09:30 UTC");
});

it("names a half-open period by its first and last day", () => {
  expect(periodLabel("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")).toBe("1 Nov 2026 to 30 Nov 2026");
  expect(periodLabel("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")).toBe("1 Nov 2026");
  expect(periodLabel(null, "2026-12-01T00:00:00Z")).toBe("until 30 Nov 2026");
  expect(periodLabel("2026-11-01T00:00:00Z", null)).toBe("from 1 Nov 2026");
  expect(periodLabel(null, null)).toBe("all time");
});

describe("ago", () => {
  const now = Date.parse("2026-11-20T12:00:00Z");
  it.each([
    ["2026-11-20T11:59:58Z", "just now"],
    ["2026-11-20T11:59:48Z", "12 seconds ago"],
    ["2026-11-20T11:57:00Z", "3 minutes ago"],
    ["2026-11-20T03:10:00Z", "8 hours ago"],
    ["2026-11-19T11:00:00Z", "yesterday"],
    ["2026-11-21T12:00:00Z", "tomorrow"],
    ["2023-11-16T19:14:58Z", "on 16 Nov 2023"],
  ])("%s is %s", (instant, text) => {
    expect(ago(instant, now)).toBe(text);
  });
});
