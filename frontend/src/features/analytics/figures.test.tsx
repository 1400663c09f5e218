import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { figure, summary } from "@/testing/factories";
import { show } from "@/testing/render";

import { Figures } from "./figures";

it("shows the month's spend, which ledger it is, and its last digit", () => {
  show(<Figures summary={summary()} />);
  expect(screen.getByTestId("spend")).toHaveTextContent("$587.09");
  expect(screen.getByTestId("exact-spend")).toHaveTextContent("$587.09218");
  expect(screen.getByText("tracked")).toBeVisible();
  expect(screen.getByText("28,185")).toBeVisible();
  expect(screen.getByText("no errors")).toBeVisible();
  expect(screen.getByText("840 ms")).toBeVisible();
});

it("compares with the whole month before once the month is over", () => {
  show(<Figures summary={summary({ previous: figure({ cost: "470" }), change: { cost: "0.249132" } })} />);
  expect(screen.getByText("+24.9%")).toBeVisible();
  expect(screen.getByText(/against October 2023/)).toHaveTextContent("($470.00)");
});

it("says so when there is nothing to compare with", () => {
  show(<Figures summary={summary()} />);
  expect(screen.getByText("Nothing to compare with in October 2023.")).toBeVisible();
});

it("never shows a zero for what is not known", () => {
  const unknown = figure({
    cost: null,
    cost_per_call: null,
    calls: 2,
    priced_calls: 0,
    unpriced_calls: 2,
    errors: 1,
  });
  show(
    <Figures
      summary={summary({
        total: unknown,
        today: unknown,
        latency_ms: { p50: null, p90: null, p95: null, p99: null },
      })}
    />,
  );
  expect(screen.getByTestId("spend")).toHaveTextContent("unpriced");
  expect(screen.getByText("None of the calls has a price.")).toBeVisible();
  expect(screen.getByText("1 error · 50%")).toBeVisible();
  expect(screen.queryByText(/\$0/)).not.toBeInTheDocument();
});

it("breaks the tokens down by kind", () => {
  show(<Figures summary={summary()} />);
  for (const [kind, tokens] of [
    ["Fresh input", "600"],
    ["Cache read", "300"],
    ["Cache write", "100"],
    ["Reasoning", "200"],
  ]) {
    expect(screen.getByText(kind!).closest("li")).toHaveTextContent(tokens!);
  }
});

it("sets prepaid capacity apart, with what it would have cost", () => {
  show(
    <Figures
      summary={summary({
        prepaid: [{ capacity: "provisioned", ...figure({ cost: "0", calls: 12_345, list_cost: "1204.11" }) }],
      })}
    />,
  );
  const prepaid = screen.getByText("Prepaid capacity").closest("div");
  expect(prepaid).toHaveTextContent("provisioned:12,345 callslist price $1,204.11, in no amount here");
});
