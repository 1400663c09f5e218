import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import type { Budget } from "@/api/types";
import { apiKey, breakdown, budget, page, row } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { BudgetBanners } from "./budget-banners";
import { BudgetFigure } from "./budget-figure";
import { BudgetList } from "./budget-list";
import { differences } from "./changes";
import { conditionsOf, filterOf, filterText, withCondition } from "./filtering";
import { mainBudget, standing, trouble } from "./rules";

const IN = "/workspaces/w1/budgets";
const NAMES = new Map([["k1", "server"]]);

beforeEach(() => {
  answer("get", "/workspaces/w1/api-keys", () => page([apiKey({ id: "k1", name: "server" })]));
  answer("get", "/workspaces/w1/breakdown", () => breakdown([row({ key: "support", label: "support" })]));
});

function list(budgets: Budget[], mayEdit = true) {
  answer("get", IN, () => page(budgets));
  return show(<BudgetList workspaceId="w1" mayEdit={mayEdit} nameOf={() => "Ada"} />);
}

it("shows where a budget stands, and what is not in its figures", async () => {
  const fired = {
    percent: 80,
    of: "actual" as const,
    fired_at: "2026-11-20T10:00:00Z",
    figure: "401",
    amount: "500",
  };
  list([
    budget({
      current: {
        spent: "401",
        remaining: "98.5",
        reserved: "0.5",
        used_percent: "80.3",
        unpriced_calls: 377,
        crosses_on: "2026-11-28",
        fired: [fired],
      },
    }),
  ]);
  const card = await screen.findByRole("region", { name: "Everything" });
  expect(card).toHaveTextContent("$500.00 each month · tracked · Every call");
  expect(card).toHaveTextContent("80 % passed");
  expect(card).toHaveTextContent("$401.00and 377 calls without a price");
  expect(card).toHaveTextContent("Remaining$98.50");
  expect(card).toHaveTextContent(
    "Expected at the end$480.25$460.00 to $500.50, passes the amount on 28 Nov 2026",
  );
  expect(within(card).getByRole("img", { name: "80.3% used" })).toBeVisible();
  const [passed, waiting] = within(within(card).getByRole("list", { name: "Thresholds" })).getAllByRole(
    "listitem",
  );
  expect(passed).toHaveTextContent("80 % spent at $401.00");
  expect(waiting).toHaveTextContent("100 % forecast not reached");
});

it("shows what is not known as unknown, never as zero", async () => {
  const unknown = {
    spent: null,
    remaining: null,
    used_percent: null,
    projected_end: null,
    unpriced_calls: null,
  };
  list([budget({ ledger: "billed", current: unknown })]);
  const card = await screen.findByRole("region", { name: "Everything" });
  expect(card).toHaveTextContent("no bill yet");
  expect(card).toHaveTextContent("Billed—Reserved$0.00Remaining—Expected at the end—nobody can say yet");
});

it("says what to do while there is none", async () => {
  list([]);
  expect(await screen.findByText("No budget yet")).toBeVisible();
  expect(screen.getByRole("button", { name: "Set a budget" })).toBeVisible();
});

it("offers a member the history alone", async () => {
  list([budget()], false);
  expect(await screen.findByRole("button", { name: "History of Everything" })).toBeVisible();
  expect(screen.queryByRole("button", { name: /Edit|Delete|Set/ })).not.toBeInTheDocument();
});

it("sets a budget with a filter, thresholds and a limit", async () => {
  let sent: unknown;
  answer("post", IN, ({ body }) => {
    sent = body;
    return created(budget());
  });
  const { user } = list([]);
  await user.click(await screen.findByRole("button", { name: "Set a budget" }));
  const dialog = await screen.findByRole("dialog", { name: "Set a budget" });
  await user.type(within(dialog).getByLabelText("Name"), "Support");
  await user.type(within(dialog).getByLabelText("Amount in US dollars"), "1,500.50");
  await user.type(within(dialog).getByLabelText("Value"), "support{Enter}");
  await user.click(within(dialog).getByRole("button", { name: "Remove the threshold 100 % forecast" }));
  await user.click(within(dialog).getByRole("button", { name: "Add a threshold" }));
  await user.click(within(dialog).getByLabelText("Strict: never above"));
  await user.click(within(dialog).getByLabelText("Do not call"));
  await user.click(within(dialog).getByRole("button", { name: "Set the budget" }));
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
  expect(sent).toEqual({
    name: "Support",
    ledger: "tracked",
    filter: { project: ["support"] },
    period: "month",
    amount: "1500.50",
    currency: "USD",
    thresholds: [
      { percent: 80, of: "actual" },
      { percent: 100, of: "actual" },
      { percent: 50, of: "actual" },
    ],
    limit: "strict",
    on_unavailable: "closed",
  });
});

it("says at the field what the server finds wrong", async () => {
  answer("patch", `${IN}/b1`, () =>
    problem(422, "Look at: amount.", [{ field: "body.amount", detail: "is no amount" }]),
  );
  const { user } = list([budget({ period: "custom", start: "2026-11-01", end: "2026-12-01" })]);
  await user.click(await screen.findByRole("button", { name: "Edit Everything" }));
  expect(screen.getByLabelText("Last day")).toHaveValue("2026-11-30");
  await user.click(screen.getByRole("button", { name: "Keep the changes" }));
  expect(await screen.findByText("is no amount")).toBeVisible();
  expect(screen.getByLabelText("Amount in US dollars")).toHaveAccessibleDescription("is no amount");
});

it("deletes at once, says what follows, and takes it back", async () => {
  const { user } = list([budget({ limit: "strict" })]);
  const remove = await screen.findByRole("button", { name: "Delete Everything" });
  answer("get", IN, () => page([]));
  answer("delete", `${IN}/b1`, noContent);
  await user.click(remove);
  const told = await screen.findByRole("status");
  expect(told).toHaveTextContent("calls that ask are not held to it");
  expect(await screen.findByText("No budget yet")).toBeVisible();
  const undo = within(told).getByRole("button", { name: "Undo" });
  expect(undo).toHaveFocus();

  answer("get", IN, () => page([budget()]));
  answer("post", `${IN}/b1/restore`, () => budget());
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("region", { name: "Everything" })).toBeVisible();
  expect(screen.getByRole("status")).toHaveTextContent("Everything is back as it was.");
  await user.click(screen.getByRole("button", { name: "Close the message" }));
  expect(screen.queryByRole("status")).not.toBeInTheDocument();
});

it("says why a deleted budget cannot come back", async () => {
  const { user } = list([budget()]);
  const remove = await screen.findByRole("button", { name: "Delete Everything" });
  answer("delete", `${IN}/b1`, noContent);
  answer("post", `${IN}/b1/restore`, () => problem(409, "Another budget of this workspace is called so."));
  await user.click(remove);
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "Another budget of this workspace is called so.",
  );
});

it("tells the history: what, who, and from what to what", async () => {
  const terms = { name: "Everything", amount: "500", period: "month", filter: {}, thresholds: [] };
  const change = { id: "c1", changed_at: "2026-11-20T10:00:00Z", changed_by: "u1" };
  answer("get", `${IN}/b1/history`, () =>
    page([
      { ...change, action: "changed", version: 2, before: terms, after: { ...terms, amount: "700" } },
      { ...change, id: "c0", action: "created", version: 1, before: null, after: terms },
    ]),
  );
  const { user } = list([budget()]);
  await user.click(await screen.findByRole("button", { name: "History of Everything" }));
  const dialog = await screen.findByRole("dialog");
  expect(await within(dialog).findByText(/version 2/)).toBeVisible();
  expect(dialog).toHaveTextContent("by Ada · version 2Amount: $500.00 → $700.00");
});

it("warns of budgets that are passed, the worst first", async () => {
  const fired = {
    percent: 80,
    of: "actual" as const,
    fired_at: "2026-11-20T10:00:00Z",
    figure: "401",
    amount: "500",
  };
  answer("get", IN, () =>
    page([
      budget({ id: "b1", name: "Warned", current: { fired: [fired] } }),
      budget({
        id: "b2",
        name: "Held",
        limit: "strict",
        current: { spent: "480", reserved: "20", remaining: "0" },
      }),
      budget({ id: "b3", name: "Fine" }),
    ]),
  );
  show(<BudgetBanners workspaceId="w1" link={null} />);
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "“Held” has reached its limit$480.00 of $500.00 spent, $20.00 reserved. Programs that ask are refused.",
  );
  expect(screen.getByRole("note")).toHaveTextContent("“Warned” has passed 80 %");
  expect(screen.queryByText(/Fine/)).not.toBeInTheDocument();
});

it("names the last day of a period that comes once, and the day on which others begin anew", () => {
  const over = { spent: "600", end: "2026-11-28T00:00:00Z" };
  expect(trouble(budget({ period: "custom", current: over })).text).toContain("Its last day is 27 Nov 2026.");
  expect(trouble(budget({ current: over })).text).toContain("It begins anew on 28 Nov 2026.");
});

it("has one budget stand for the workspace on the overview", async () => {
  const some = budget({ id: "b1", name: "Some", filter: { project: ["support"] } });
  const full = budget({ id: "b2", current: { used_percent: "94.1" } });
  expect(mainBudget([some, full, budget({ id: "b3" })], "b3")?.id).toBe("b3");
  expect(mainBudget([some, full, budget({ id: "b3" })], null)?.id).toBe("b2");
  expect(mainBudget([], null)).toBeNull();
  answer("get", IN, () =>
    page([some, budget({ current: { remaining: "-20.5", used_percent: "104.1", spent: "520.5" } })]),
  );
  show(<BudgetFigure workspaceId="w1" ofMonth={null} link={null} />);
  const card = await screen.findByRole("region", { name: "Budget" });
  expect(await within(card).findByText(/104.1% used/)).toHaveTextContent("104.1% used · $20.50 over");
});

it("tells a limit that is used up from a budget that is only passed", () => {
  const gone = { spent: "500", remaining: "0" };
  expect(standing(budget({ limit: "strict", current: gone })).label).toBe("limit reached");
  expect(standing(budget({ current: gone })).label).toBe("over budget");
  expect(standing(budget()).label).toBe("within budget");
});

it("lets a customer or a tag stand alone", () => {
  const project = { dimension: "project", value: "support" } as const;
  const tag = { dimension: "tag", tag: "team", value: "growth" } as const;
  expect(withCondition([project], tag)).toEqual([tag]);
  expect(withCondition([tag], project)).toEqual([project]);
  expect(withCondition([project], project)).toEqual([project]);
  expect(filterOf([tag])).toEqual({ tag: { name: "team", value: "growth" } });
  expect(conditionsOf({ ...budget().filter, tag: { name: "team", value: "growth" } })).toEqual([tag]);
});

it("reads a filter out in words", () => {
  const filter = { ...budget().filter, project: ["support", ""], api_key_id: ["k1"] };
  expect(filterText(filter, NAMES)).toBe("Project: support or (none) · API key: server");
  const after = { filter: { tag: ["tag.team", "growth"] } };
  expect(differences({ before: { filter: {} }, after }, NAMES)).toEqual([
    { label: "Counts", before: "Every call", after: "Tag team: growth" },
  ]);
});
