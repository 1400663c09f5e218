import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { ReconciliationSide } from "@/api/types";
import {
  billedFigure,
  breakdown,
  figure,
  freshness,
  point,
  row,
  side,
  summary,
  trend,
} from "@/testing/factories";
import { show } from "@/testing/render";
import { answer } from "@/testing/server";

import { BreakdownCard } from "./breakdown-card";
import { Figures } from "./figures";
import { dimensionIn, dimensionsOf, groupIn } from "./filters";
import { LedgerSwitch } from "./ledger-switch";
import { ReconciliationCard } from "./reconciliation-card";
import { columnsOf, hasBothSides, ledgersOf, seriesOf } from "./rules";
import { TrendCard } from "./trend-card";

const IN = "/workspaces/w1";
const LEDGERS = [
  { ...figure(), ledger: "tracked" as const },
  { ...billedFigure(), ledger: "billed" as const },
];
const BILLED = {
  ledger: "billed" as const,
  total: billedFigure(),
  today: billedFigure({ cost: null }),
  ledgers: LEDGERS,
  freshness: freshness({ billed_until: "2023-11-20T00:00:00Z", last_synced_at: "2023-11-20T09:00:00Z" }),
};

it("shows a bill's money with how far it goes, other currencies apart, and no calls", () => {
  const euros = [{ currency: "EUR", amount: "3.00" }];
  const total = billedFigure({ other_currencies: euros });
  show(<Figures summary={summary({ ...BILLED, total, flagged: { rows: 2, amount: "1.50" } })} />);
  expect(screen.getByTestId("exact-spend")).toHaveTextContent("$612.50");
  expect(screen.getByText("and €3.00, apart")).toBeVisible();
  expect(screen.getByText(/with 2 lines \(\$1\.50\) that the provider no longer shows/)).toBeVisible();
  expect(screen.getByText("19 Nov 2023")).toBeVisible();
  expect(screen.getByText("bills come a day or two late")).toBeVisible();
  expect(screen.queryByText(/call/)).not.toBeInTheDocument();
});

it("says what a converted sum took in", () => {
  const converted = [{ currency: "EUR", amount: "3.00", cost: "3.24" }];
  show(<Figures summary={summary({ ...BILLED, converted, flagged: { rows: 0, amount: "0" } })} />);
  expect(screen.getByText("with €3.00, $3.24 at the rates you entered")).toBeVisible();
  expect(screen.queryByText(/no longer shows/)).not.toBeInTheDocument();
});

it("shows what providers counted as tokens, not as money", () => {
  const total = billedFigure({ cost: null, input_tokens: 1000, output_tokens: 500 });
  show(<Figures summary={summary({ ...BILLED, ledger: "reported", total })} />);
  expect(screen.getByText("1,500")).toBeVisible();
  expect(screen.getByText("not every provider counts them")).toBeVisible();
  expect(screen.queryByText(/\$/)).not.toBeInTheDocument();
});

it("offers the ledgers that there are, and none where there is one", async () => {
  const onChange = vi.fn();
  const { user, rerender } = show(<LedgerSwitch summary={summary(BILLED)} onChange={onChange} />);
  expect(screen.getAllByRole("radio").map(({ textContent }) => textContent)).toEqual(["Tracked", "Billed"]);
  expect(screen.getByRole("radio", { name: "Billed" })).toBeChecked();
  await user.click(screen.getByRole("radio", { name: "Tracked" }));
  expect(onChange).toHaveBeenCalledWith("tracked");
  rerender(<LedgerSwitch summary={summary()} onChange={onChange} />);
  expect(screen.queryByRole("radio")).not.toBeInTheDocument();
});

it("breaks a bill down by project with the provider's names, ids only where names are the same", async () => {
  answer("get", `${IN}/breakdown`, ({ url }) => {
    expect(url.searchParams.get("ledger")).toBe("billed");
    expect(url.searchParams.get("by")).toBe("project");
    const one = row({ ...billedFigure({ cost: "600" }), key: "proj_a", label: "Search" });
    return breakdown(
      [one, { ...one, key: "proj_b" }, { ...one, key: "proj_c", label: "Support", share: null }],
      { ledger: "billed", by: "project", total: billedFigure() },
    );
  });
  const onChange = vi.fn();
  const props = {
    workspaceId: "w1",
    month: "2023-11",
    ledger: "billed" as const,
    onChange,
    callsLink: vi.fn(),
  };
  const { user } = show(<BreakdownCard {...props} by="status" />);
  expect(await screen.findByRole("row", { name: /Support/ })).not.toHaveTextContent("proj_c");
  expect(screen.getByRole("row", { name: /proj_a/ })).toHaveTextContent("$600.00");
  expect(screen.queryByRole("columnheader", { name: "Calls" })).not.toBeInTheDocument();
  expect(props.callsLink).not.toHaveBeenCalled();
  await user.click(screen.getByRole("radio", { name: "Line item" }));
  expect(onChange).toHaveBeenCalledWith({ by: "line_item" });
});

it("draws a bill by days alone, and offers no calls and no hours", async () => {
  answer("get", `${IN}/trend`, ({ url }) => {
    expect(url.searchParams.get("ledger")).toBe("billed");
    expect(url.searchParams.get("granularity")).toBe("day");
    const of = billedFigure({ cost: "12.5" });
    return trend([point({ ...of, ...(url.searchParams.has("group_by") && { key: "p", label: "Search" }) })], {
      ledger: "billed",
    });
  });
  const { user } = show(
    <TrendCard
      workspaceId="w1"
      month="2023-11"
      day="2023-11-16"
      ledger="billed"
      group="project"
      measure="calls"
      onChange={vi.fn()}
    />,
  );
  expect(await screen.findByRole("heading", { name: "Spend by day" })).toBeVisible();
  expect(screen.queryByRole("radio", { name: "Calls" })).not.toBeInTheDocument();
  await user.click(screen.getByRole("radio", { name: "Table" }));
  const line = await screen.findByRole("row", { name: /Thu, 16 Nov 2023/ });
  expect(within(line).getAllByText("$12.50")).toHaveLength(2);
  expect(within(line).queryByRole("button")).not.toBeInTheDocument();
});

function compare(rows: ReconciliationSide[]) {
  const asked: (string | null)[] = [];
  answer("get", `${IN}/reconciliation`, ({ url }) => {
    asked.push(url.searchParams.get("by"));
    return {
      month: "2023-11",
      by: url.searchParams.get("by"),
      period: trend([]).period,
      total: side({ key: "" }),
      rows,
      freshness: freshness(),
    };
  });
  return { asked, ...show(<ReconciliationCard workspaceId="w1" month="2023-11" />) };
}

it("sets tracked beside billed with the difference, and adds nothing", async () => {
  const { user, asked } = compare([
    side(),
    side({ key: "anthropic", tracked: null, cost: { difference: null, ratio: null } }),
  ]);
  const first = await screen.findByRole("row", { name: /^openai/ });
  expect(first).toHaveTextContent("$587.09");
  expect(first).toHaveTextContent("$612.50");
  expect(first).toHaveTextContent("$25.41 (exactly $25.40782)95.9% of it tracked");
  expect(screen.getByRole("row", { name: /^anthropic/ })).toHaveTextContent("not covered$612.50—");
  await user.click(screen.getByRole("radio", { name: "Day" }));
  await screen.findByRole("columnheader", { name: "Day" });
  expect(asked).toEqual(["provider", "day"]);
});

it("says so when there is nothing to compare", async () => {
  compare([]);
  expect(await screen.findByText("Nothing to compare in November 2023")).toBeVisible();
});

it("knows what each ledger can be split by", () => {
  expect(dimensionIn("tracked", undefined)).toBe("model");
  expect(dimensionIn("billed", undefined)).toBe("project");
  expect(dimensionIn("billed", "environment")).toBe("project");
  expect(dimensionIn("reported", "user")).toBe("user");
  expect(dimensionsOf("billed").map(({ value }) => value)).not.toContain("status");
  expect(groupIn("tracked", "line_item")).toBe("provider");
  expect(groupIn("billed", "line_item")).toBe("line_item");
  expect(ledgersOf(summary(BILLED)).map(({ value }) => value)).toEqual(["tracked", "billed"]);
  expect(hasBothSides(summary(BILLED))).toBe(true);
  expect(hasBothSides(summary())).toBe(false);
});

it("leaves a day that no bill was read for unknown, and names other money beside the total", () => {
  const unread = trend([point({ ...billedFigure({ cost: null }) })], { ledger: "billed" });
  expect(columnsOf(unread, unread, seriesOf(unread), "cost")[0]).toMatchObject({ total: "—", rows: [] });
  const others = [{ currency: "EUR", amount: "3" }];
  const mixed = trend([point({ ...billedFigure({ cost: "0", other_currencies: others }) })]);
  expect(columnsOf(mixed, mixed, seriesOf(mixed), "cost")[0]?.note).toBe("and €3.00");
});
