import { expect, it } from "vitest";

import { callsOf, callsSearch, overviewSearch, tagFilters } from "./filters";

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

it("filters calls by tags, whatever their names", () => {
  const search = callsSearch({ "tag.team": "red", "tag.": "x", "tag.a b": "", user: "ada" });
  expect(search).toEqual({ "tag.team": "red", "tag.a b": "", user: "ada" });
  expect(tagFilters(search).map(({ label }) => label)).toEqual(["team", "a b"]);
});

it("splits by a tag only where one is named", () => {
  expect(overviewSearch({ by: "tag", tag: "team" })).toEqual({ by: "tag", tag: "team" });
  expect(overviewSearch({ by: "tag" })).toEqual({});
  expect(overviewSearch({ by: "user", tag: "team" })).toEqual({ by: "user" });
});

it("finds the calls of a row, also of a customer that is really called (other)", () => {
  expect(callsOf("user", null, "ada")).toEqual({ user: "ada" });
  expect(callsOf("tag", "team", "")).toEqual({ "tag.team": "" });
  expect(callsOf("user", null, "\\(other)")).toEqual({ user: "(other)" });
});
