import { expect, it } from "vitest";

import { callsSearch, overviewSearch } from "./filters";

it("reads what the overview's address says", () => {
  const raw = { month: "2023-11", day: "2023-11-16", group: "model", by: "api_key", measure: "calls" };
  expect(overviewSearch(raw)).toEqual(raw);
});

it("falls back to the defaults for what it does not understand", () => {
  const raw = { month: "2023-13", group: "colour", by: "__proto__", measure: "", unknown: "x" };
  expect(overviewSearch(raw)).toEqual({});
});

it("keeps a day only within its month, and lets a day alone name the month", () => {
  expect(overviewSearch({ month: "2023-10", day: "2023-11-16" })).toEqual({ month: "2023-10" });
  expect(overviewSearch({ day: "2023-11-16" })).toEqual({ month: "2023-11", day: "2023-11-16" });
  expect(overviewSearch({ day: "2023-02-30" })).toEqual({});
});

it("keeps an empty filter of calls: it asks for those that carry no such value", () => {
  expect(callsSearch({ project: "", model: "gpt-4o", other: "x", status: "odd" })).toEqual({
    project: "",
    model: "gpt-4o",
  });
});
