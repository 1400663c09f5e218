import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";

import type { CreditAccount, ExchangeRate, Summary } from "@/api/types";
import { creditAccount, credits, exchangeRate, figure, page, summary } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, noContent, problem } from "@/testing/server";

import { foreignCurrencies, rateFaults } from "./exchange-rates";
import { ExchangeRatesCard } from "./exchange-rates-card";

const RATES = "/workspaces/w1/exchange-rates";
const LINK = { name: "Enter an exchange rate" };
const IN_YUAN = { ...figure({ other_currencies: [{ currency: "CNY", amount: "7.10" }] }), ledger: "billed" };

type World = { rates?: ExchangeRate[]; accounts?: CreditAccount[]; figures?: Partial<Summary> };

function card({ rates = [], accounts = [], figures = {} }: World, mayEdit = true) {
  const sent: unknown[] = [];
  let items = rates;
  const without = ({ currency, day }: Record<string, unknown>) =>
    items.filter((rate) => rate.currency !== currency || rate.day !== day);
  answer("get", RATES, () => page(items));
  answer("get", "/workspaces/w1/credits", () => credits(accounts));
  answer("get", "/workspaces/w1/summary", () => summary(figures));
  answer("put", RATES, ({ body }) => {
    sent.push(body);
    const rate = body as Partial<ExchangeRate>;
    items = [...without(rate), exchangeRate(rate)];
    return exchangeRate(rate);
  });
  answer("delete", RATES, ({ url }) => {
    sent.push(url.search);
    items = without(Object.fromEntries(url.searchParams));
    return noContent();
  });
  return { sent, ...show(<ExchangeRatesCard workspaceId="w1" mayEdit={mayEdit} />) };
}

async function fill(user: ReturnType<typeof card>["user"], currency: string, day: string, rate: string) {
  const dialog = within(await screen.findByRole("dialog"));
  await user.clear(dialog.getByLabelText("Currency"));
  await user.type(dialog.getByLabelText("Currency"), currency);
  fireEvent.change(dialog.getByLabelText(/^From the day/), { target: { value: day } });
  await user.clear(dialog.getByLabelText("Dollars per unit"));
  await user.type(dialog.getByLabelText("Dollars per unit"), `${rate}{Enter}`);
}

it("is no more than a quiet way to it where everything is in dollars", async () => {
  const { sent, user } = card({ accounts: [creditAccount()] });
  await user.click(await screen.findByRole("button", LINK));
  expect(screen.queryByRole("region")).not.toBeInTheDocument();
  await fill(user, "eur", "2026-11-01", "1.08250000000000000001");
  expect(await screen.findByRole("cell", { name: "1.08250000000000000001" })).toBeVisible();
  expect(sent).toEqual([{ currency: "EUR", day: "2026-11-01", usd_per_unit: "1.08250000000000000001" }]);
});

it("stands there for a balance or a bill in another currency, and names what waits for a rate", async () => {
  const { unmount } = card({ accounts: [creditAccount({ currency: "CNY" })] }, false);
  expect(await screen.findByText(/^No rate is entered/)).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
  unmount();

  const { user } = card({ figures: { ledgers: [IN_YUAN as Summary["ledgers"][number]] } });
  expect(await screen.findByText(/^Not counted in dollars yet/)).toHaveTextContent("billed in CNY on days");
  await user.click(screen.getByRole("button", LINK));
  expect(await screen.findByLabelText("Currency")).toHaveValue("CNY");
});

it("removes a rate, and takes that back", async () => {
  const { sent, user } = card({ rates: [exchangeRate()] });
  const remove = { name: "Remove the rate of EUR from 1 Nov 2026" };
  await user.click(await screen.findByRole("button", remove));
  expect(await screen.findByRole("status")).toHaveTextContent("EUR from 1 Nov 2026 has no rate of its own");
  const undo = screen.getByRole("button", { name: "Undo" });
  expect(undo).toHaveFocus();
  await user.click(undo);
  expect(await screen.findByRole("button", remove)).toBeVisible();
  expect(sent).toEqual([
    "?currency=EUR&day=2026-11-01",
    { currency: "EUR", day: "2026-11-01", usd_per_unit: "1.0825" },
  ]);
});

it("gives back the rate that another took the place of", async () => {
  const { sent, user } = card({ rates: [exchangeRate()] });
  await user.click(await screen.findByRole("button", LINK));
  await fill(user, "EUR", "2026-11-01", "10825");
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByRole("cell", { name: "1.0825" })).toBeVisible();
  expect(sent).toMatchObject([{ usd_per_unit: "10825" }, { usd_per_unit: "1.0825" }]);
});

it("says beside the field what is wrong, before and after the server is asked", async () => {
  const { sent, user } = card({ rates: [exchangeRate()] });
  await user.click(await screen.findByRole("button", LINK));
  await fill(user, "USD", "", "0,9");
  const said = (label: string | RegExp) => screen.getByLabelText(label);
  expect(said("Currency")).toHaveAccessibleDescription("must be another than the dollar");
  expect(said(/^From the day/)).toHaveAccessibleDescription("must be a day");
  expect(said("Dollars per unit")).toHaveAccessibleDescription(/must be a number above 0/);
  expect(sent).toEqual([]);

  answer("put", RATES, () => problem(422, "Look at: day.", [{ field: "body.day", detail: "is too early" }]));
  await fill(user, "EUR", "1969-01-01", "0.9");
  await waitFor(() => {
    expect(said(/^From the day/)).toHaveAccessibleDescription("is too early");
  });
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

it("lets a member read the rates and change none", async () => {
  card({ rates: [exchangeRate()] }, false);
  expect(await screen.findByRole("row", { name: "EUR 1 Nov 2026 1.0825" })).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("finds each currency that waits for a rate once", () => {
  const euros = figure({ other_currencies: [{ currency: "EUR", amount: "1" }] });
  const ledgers = [IN_YUAN, IN_YUAN] as Summary["ledgers"];
  expect(foreignCurrencies({ ledgers, previous: euros })).toEqual(["CNY", "EUR"]);
  expect(foreignCurrencies(summary())).toEqual([]);
});

it("takes a rate as text, of any length and above nothing", () => {
  const rate = { currency: "EUR", day: "2026-11-01" };
  expect(rateFaults({ ...rate, usd_per_unit: "0.000000000001" })).toEqual({});
  expect(rateFaults({ ...rate, usd_per_unit: "0.0" })).toHaveProperty("usd_per_unit");
  expect(rateFaults({ ...rate, usd_per_unit: "-1" })).toHaveProperty("usd_per_unit");
  expect(rateFaults({ ...rate, currency: "E1", usd_per_unit: "1" })).toHaveProperty("currency");
});
