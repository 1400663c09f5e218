import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { creditAccount, credits } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { sinceText } from "./credits";
import { CreditsCard } from "./credits-card";

const CREDITS = "/workspaces/w1/credits";

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
  await user.type(within(dialog).getByLabelText("Provider"), "openai");
  await user.type(within(dialog).getByLabelText("Balance"), "1120.50{Enter}");
  await user.click(await screen.findByRole("button", { name: "Take back the newest balance of openai" }));
  expect(await screen.findByText("No balance is known yet")).toBeVisible();
  expect(sent).toEqual({ provider: "openai", amount: "1120.50", currency: "USD", account: "", note: "" });
});

it("says at the field what is wrong with a balance", async () => {
  answer("get", CREDITS, () => credits([]));
  answer("post", CREDITS, () =>
    problem(422, "Look at: amount.", [{ field: "body.amount", detail: "must be a number" }]),
  );
  const { user } = show(<CreditsCard workspaceId="w1" mayEdit />);
  await user.click(await screen.findByRole("button", { name: "Type in a balance" }));
  await user.type(screen.getByLabelText("Provider"), "openai");
  await user.type(screen.getByLabelText("Balance"), "a lot{Enter}");
  await waitFor(() => {
    expect(screen.getByLabelText("Balance")).toHaveAccessibleDescription("must be a number");
  });
});

it("says from when a spend is counted only where the day or month began earlier", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  expect(sinceText("2026-11-20T00:00:00Z", "day", now)).toBeNull();
  expect(sinceText("2026-11-20T08:00:00Z", "day", now)).toMatch(/^since 20 Nov 2026/);
  expect(sinceText("2026-10-31T23:00:00Z", "month", now)).toBeNull();
  expect(sinceText(null, "month", now)).toBeNull();
});
