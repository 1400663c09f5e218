import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { connection, creditAccount, credits, page, providerGuide } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { holders, newBalance, sinceText } from "./credits";
import { CreditsCard } from "./credits-card";

const CREDITS = "/workspaces/w1/credits";

function answerHolders(connections: Parameters<typeof connection>[0][] = []) {
  answer("get", "/workspaces/w1/connections", () => page(connections.map((over) => connection(over))));
  answer("get", "/workspaces/w1/providers", () => ({
    items: [providerGuide(), providerGuide({ provider: "xai" })],
  }));
}

it("shows what is left, what went today and this month, and until when it lasts", async () => {
  answer("get", CREDITS, () =>
    credits([
      creditAccount(),
      creditAccount({
        provider: "deepseek",
        source: "api",
        currency: "CNY",
        spent_today: null,
        runs_out_at: null,
      }),
    ]),
  );
  show(<CreditsCard workspaceId="w1" mayEdit={false} />);
  const [first, second] = await screen.findAllByRole("listitem");
  expect(first).toHaveTextContent("Left$120.50");
  expect(first).toHaveTextContent("Spent today (UTC)$1.25");
  expect(first).toHaveTextContent("Spent this month$30.10");
  expect(first).toHaveTextContent("Runs out on12 Jan 2027");
  expect(second).toHaveTextContent("LeftCN¥120.50");
  expect(second).toHaveTextContent("Spent today (UTC)—");
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("takes a balance as it is typed, and takes it back", async () => {
  answerHolders();
  let items = [] as ReturnType<typeof creditAccount>[];
  answer("get", CREDITS, () => credits(items));
  let sent: unknown;
  answer("post", CREDITS, ({ body }) => {
    sent = body;
    items = [creditAccount()];
    return created({});
  });
  answer("delete", `${CREDITS}/b1`, () => {
    items = [];
    return noContent();
  });
  const { user } = show(<CreditsCard workspaceId="w1" mayEdit />);
  expect(await screen.findByText("No balance is known yet")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Type in a balance" }));
  const dialog = await screen.findByRole("dialog");
  await user.selectOptions(await within(dialog).findByLabelText("Provider"), "Another provider");
  await user.type(within(dialog).getByLabelText("Its name"), "openai");
  await user.type(within(dialog).getByLabelText("Balance"), "1120.50{Enter}");
  await user.click(await screen.findByRole("button", { name: "Take back the newest balance of openai" }));
  expect(await screen.findByText("No balance is known yet")).toBeVisible();
  expect(sent).toEqual({ provider: "openai", amount: "1120.50", currency: "USD", account: "", note: "" });
});

it("takes a balance of a connection, as it was at another time", async () => {
  answerHolders([{ id: "c7", provider: "deepseek", label: "Ours" }]);
  answer("get", CREDITS, () => credits([]));
  let sent: unknown;
  answer("post", CREDITS, ({ body }) => {
    sent = body;
    return created({});
  });
  const { user } = show(<CreditsCard workspaceId="w1" mayEdit />);
  await user.click(await screen.findByRole("button", { name: "Type in a balance" }));
  expect(await screen.findByLabelText("Provider")).toHaveDisplayValue("Ours");
  expect(screen.queryByLabelText("Its name")).not.toBeInTheDocument();
  fireEvent.change(screen.getByLabelText(/^Read at/), { target: { value: "2026-11-19T08:30" } });
  await user.type(screen.getByLabelText("Balance"), "0.10{Enter}");
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
  expect(sent).toEqual({
    provider: "deepseek",
    connection_id: "c7",
    amount: "0.10",
    currency: "USD",
    at: "2026-11-19T08:30:00Z",
    account: "",
    note: "",
  });
});

it("offers each connection, each provider that has none, and another", () => {
  const guides = [providerGuide(), providerGuide({ mode: "personal" }), providerGuide({ provider: "xai" })];
  expect(holders([connection()], guides).map(({ label }) => label)).toEqual([
    "OpenAI organization",
    "xai (not connected)",
    "Another provider",
  ]);
  const typed: Record<string, string> = { holder: "provider/xai", amount: "1", currency: "eur" };
  const balance = newBalance((name) => typed[name] ?? "");
  expect(balance).toEqual({ provider: "xai", amount: "1", currency: "EUR", account: "", note: "" });
});

it("says at the field what is wrong with a balance", async () => {
  answer("get", CREDITS, () => credits([]));
  answerHolders();
  answer("post", CREDITS, () =>
    problem(422, "Look at: amount, at.", [
      { field: "body.amount", detail: "must be a number" },
      { field: "at", detail: "is to come" },
    ]),
  );
  const { user } = show(<CreditsCard workspaceId="w1" mayEdit />);
  await user.click(await screen.findByRole("button", { name: "Type in a balance" }));
  await user.type(await screen.findByLabelText("Balance"), "a lot{Enter}");
  await waitFor(() => {
    expect(screen.getByLabelText("Balance")).toHaveAccessibleDescription("must be a number");
  });
  expect(screen.getByLabelText(/^Read at/)).toHaveAccessibleDescription("Empty is now. is to come");
});

it("says from when a spend is counted only where the day or month began earlier", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  expect(sinceText("2026-11-20T00:00:00Z", "day", now)).toBeNull();
  expect(sinceText("2026-11-20T08:00:00Z", "day", now)).toMatch(/^since 20 Nov 2026/);
  expect(sinceText("2026-10-31T23:00:00Z", "month", now)).toBeNull();
  expect(sinceText(null, "month", now)).toBeNull();
});
