import { describe, expect, it } from "vitest";

import {
  axisMoney,
  compactCount,
  count,
  exactMoney,
  isRounded,
  milliseconds,
  money,
  percent,
  plural,
  points,
  quantity,
  ratio,
  unitPrice,
} from "./format";

describe("money rounds for reading", () => {
  it.each([
    ["587.09218", "$587.09"],
    ["0", "$0.00"],
    ["0.00", "$0.00"],
    ["1", "$1.00"],
    ["12.3", "$12.30"],
    ["1234567.891", "$1,234,567.89"],
    ["999.995", "$1,000.00"], // half goes to the even cent
    ["1.005", "$1.00"],
    ["1.015", "$1.02"],
    ["1.0050000000001", "$1.01"],
    ["0.5", "$0.50"],
    ["0.123456789", "$0.123457"],
    ["0.00039", "$0.00039"],
    ["0.000001234567", "$0.00000123457"],
    ["0.99999995", "$1.00"],
    ["0.999999", "$0.999999"],
    ["-3.456", "−$3.46"],
    ["-0.00012", "−$0.00012"],
    ["1E-7", "$0.0000001"],
    ["1.5e3", "$1,500.00"],
    // more digits than a float can hold
    ["90071992547409931.17", "$90,071,992,547,409,931.17"],
  ])("%s is %s", (value, text) => {
    expect(money(value)).toBe(text);
  });
});

describe("exactMoney keeps every digit", () => {
  it.each([
    ["587.09218", "$587.09218"],
    ["556.552980", "$556.55298"],
    ["30.5392", "$30.5392"],
    ["0", "$0.00"],
    ["5", "$5.00"],
    ["0.000000000001", "$0.000000000001"],
    ["123456789.123456789012345678901234567890", "$123,456,789.12345678901234567890123456789"],
  ])("%s is %s", (value, text) => {
    expect(exactMoney(value)).toBe(text);
  });
});

it("never shows an unknown amount as a zero", () => {
  expect(money(null)).toBe("unpriced");
  expect(exactMoney(null)).toBe("unpriced");
  expect(money(null, "USD", "—")).toBe("—");
});

it("refuses what is not a number instead of inventing one", () => {
  for (const text of ["", "abc", "1.2.3", "NaN", "Infinity", "1e9999", "."]) {
    expect(() => money(text)).toThrow("not a decimal number");
  }
});

it("writes other currencies by their sign or their code", () => {
  expect(money("3.5", "EUR")).toBe("€3.50");
  expect(money("3.5", "CHF")).toBe("CHF 3.50");
  expect(money("-3.5", "CHF")).toBe("−CHF 3.50");
});

it("knows when digits were left out", () => {
  expect(isRounded("587.09218")).toBe(true);
  expect(isRounded("587.09")).toBe(false);
  expect(isRounded("0.00039")).toBe(false);
  expect(isRounded(null)).toBe(false);
});

it("writes a chart's ticks short", () => {
  expect(axisMoney(0)).toBe("$0");
  expect(axisMoney(1500)).toBe("$1.5K");
  expect(axisMoney(0.00015)).toBe("$0.00015");
});

describe("percent", () => {
  it.each([
    ["0.1234", "12.3%"],
    ["0.12345", "12.3%"],
    ["1", "100%"],
    ["0", "0%"],
    ["0.0004", "<0.1%"],
    ["-0.0004", ">−0.1%"],
    ["-0.25", "−25%"],
    ["15.5", "1,550%"],
  ])("%s is %s", (fraction, text) => {
    expect(percent(fraction)).toBe(text);
  });

  it("marks a rise when asked, and says when there is nothing to say", () => {
    expect(percent("0.1234", { signed: true })).toBe("+12.3%");
    expect(percent("-0.1234", { signed: true })).toBe("−12.3%");
    expect(percent("0", { signed: true })).toBe("0%");
    expect(percent(null)).toBe("—");
  });
});

it("writes a percentage that is one already", () => {
  expect(points("20")).toBe("20%");
  expect(points("12.5")).toBe("12.5%");
  expect(points("-2.5641", { signed: true })).toBe("−2.6%");
  expect(points("1234.56", { signed: true })).toBe("+1,234.6%");
  expect(points("0.04")).toBe("<0.1%");
  expect(points(null)).toBe("—");
});

it("writes a price with what it buys", () => {
  expect(unitPrice("2.50", 1_000_000)).toBe("$2.50 per 1M");
  expect(unitPrice("0.04", 1)).toBe("$0.04 each");
  expect(unitPrice("10", 1000)).toBe("$10.00 per 1,000");
  expect(unitPrice("0", 1_000_000)).toBe("$0.00 per 1M");
});

it("writes a quantity to its last digit", () => {
  expect(quantity("1234567")).toBe("1,234,567");
  expect(quantity("12.50")).toBe("12.5");
  expect(quantity("0")).toBe("0");
});

it("writes counts with separators, and a missing one as missing", () => {
  expect(count(28185)).toBe("28,185");
  expect(count(0)).toBe("0");
  expect(count(null)).toBe("—");
  expect(compactCount(1_280_000)).toBe("1.28M");
  expect(compactCount(null)).toBe("—");
  expect(plural(1, "call")).toBe("1 call");
  expect(plural(2000, "call")).toBe("2,000 calls");
});

it("gives the share of errors", () => {
  expect(ratio(1, 8)).toBe("12.5%");
  expect(ratio(0, 8)).toBe("0%");
  expect(ratio(0, 0)).toBe("—");
});

describe("milliseconds", () => {
  it.each([
    [0, "0 ms"],
    [2.345, "2.3 ms"],
    [840.4, "840 ms"],
    [999.4, "999 ms"],
    [999.6, "1.00 s"],
    [1240, "1.24 s"],
    [59_994, "59.99 s"],
    [59_995, "1 min 0 s"],
    [125_000, "2 min 5 s"],
    [null, "—"],
  ])("%s is %s", (value, text) => {
    expect(milliseconds(value)).toBe(text);
  });
});
