import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";

import type { NewPriceRule, PriceRule } from "@/api/types";
import { page, priceRow, priceRule, ruleChanged } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, problem } from "@/testing/server";

import { BookLookUp } from "./book-look-up";
import { ChangeToast } from "./change-toast";
import { MapModel } from "./map-model";
import { OwnPrices } from "./own-prices";
import { conditionsOf, priceOf } from "./rows";
import { faultsOf, fullText, likeliestFirst, rulesOf } from "./rules";
import { usePriceChanges } from "./use-price-changes";

const PRICES = "/workspaces/w1/prices";

/** The page as the application composes it, over a server that remembers. */
function prices(rules: PriceRule[], mayEdit = true) {
  const sent: NewPriceRule[] = [];
  const kept = [...rules];
  const set = (id: string, over: Partial<PriceRule>) => {
    const index = kept.findIndex((rule) => rule.id === id);
    kept[index] = { ...kept[index]!, ...over };
    return ruleChanged(kept[index]);
  };
  answer("get", PRICES, () => page(kept));
  answer("post", PRICES, ({ body }) => {
    const rule = body as NewPriceRule;
    sent.push(rule);
    kept.unshift(priceRule({ ...(rule as Partial<PriceRule>), id: `new-${sent.length}` }));
    return created(ruleChanged(kept[0]));
  });
  answer("delete", `${PRICES}/:id`, ({ params }) =>
    set(params.id as string, { state: "revoked", revoked_at: "2026-11-20T10:00:00Z" }),
  );
  answer("post", `${PRICES}/:id/restore`, ({ params }) =>
    set(params.id as string, { state: "in_force", revoked_at: null }),
  );
  return { sent, kept, ...show(<Prices mayEdit={mayEdit} />) };
}

function Prices({ mayEdit }: { mayEdit: boolean }) {
  const changes = usePriceChanges("w1");
  return (
    <>
      <OwnPrices workspaceId="w1" mayEdit={mayEdit} changes={changes} />
      <ChangeToast
        changes={changes}
        reprice={({ rules }) => <a href={`?provider=${rules[0]!.reprice.provider}`}>Again</a>}
      />
    </>
  );
}

const openForm = async (user: ReturnType<typeof show>["user"]) => {
  await user.click(await screen.findByRole("button", { name: "New price" }));
  return screen.findByRole("dialog", { name: "New price of your own" });
};

it.each<[Partial<PriceRule>, string]>([
  [{}, "20% off openai/*, from 1 Nov 2026"],
  [{ provider: "*", effective_from: null }, "20% off every model"],
  [
    { meter: "output", model_pattern: "gpt-4o", effective_from: null },
    "20% off output tokens of openai/gpt-4o",
  ],
  [
    { kind: "rate", meter: "input", price: "1.5", per: 1_000_000, effective_to: "2026-12-01T00:00:00Z" },
    "$1.50 per 1M for input tokens of openai/*, 1 Nov 2026 to 30 Nov 2026",
  ],
  [
    { kind: "rate", meter: "tool.web_search", price: "0.008", per: 1, effective_from: null },
    "$0.008 each for web search of openai/*",
  ],
  [
    {
      kind: "deployment",
      provider: "azure",
      model_pattern: "prod-chat",
      target_provider: "openai",
      target_model: "gpt-4o",
      geo: "eu",
      capacity: "provisioned",
      effective_from: null,
    },
    "azure/prod-chat is openai/gpt-4o, in eu, on provisioned capacity",
  ],
])("says %o as %s", (over, words) => {
  expect(fullText(priceRule(over))).toBe(words);
});

it("sorts prices by whether they count, and folds away what no longer does", async () => {
  prices([
    priceRule(),
    priceRule({ id: "r2", state: "scheduled", percent: "30" }),
    priceRule({ id: "r3", state: "ended", percent: "5" }),
    priceRule({ id: "r4", state: "revoked", percent: "6", revoked_at: "2026-11-20T10:00:00Z" }),
  ]);
  expect(await screen.findByRole("list", { name: "In force" })).toHaveTextContent("20% off");
  expect(screen.getByRole("list", { name: "Coming" })).toHaveTextContent("30% off");
  expect(screen.getByText("Ended: 1 price")).toBeVisible();
  expect(screen.getByText("6% off openai/*, from 1 Nov 2026")).not.toBeVisible();
});

it("shows a member the prices, and nothing to change them with", async () => {
  prices([priceRule()], false);
  expect(await screen.findByText("Owners and admins change them.")).toBeVisible();
  expect(await screen.findByText(/20% off/)).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("revokes, says so, and takes it back; the focus is on the way back", async () => {
  const { user } = prices([priceRule()]);
  await user.click(await screen.findByRole("button", { name: /^Revoke: 20% off/ }));
  const toast = await screen.findByText(/is revoked/);
  expect(toast).toHaveTextContent("20% off openai/*");
  await waitFor(() => {
    expect(screen.getByRole("button", { name: "Undo" })).toHaveFocus();
  });
  expect(screen.getByRole("link", { name: "Again" })).toHaveAttribute("href", "?provider=openai");
  expect(screen.queryByRole("list", { name: "In force" })).not.toBeInTheDocument();
  await user.keyboard("{Enter}");
  expect(await screen.findByText(/holds again/)).toBeVisible();
  expect(screen.getByRole("list", { name: "In force" })).toBeVisible();
});

it("adds a rate for each price that is given", async () => {
  const { user, sent } = prices([]);
  const dialog = await openForm(user);
  await user.type(within(dialog).getByLabelText("Provider"), "openai");
  await user.type(within(dialog).getByLabelText("Model"), "gpt-4o");
  await user.type(within(dialog).getByLabelText("Input tokens"), "2.00");
  await user.type(within(dialog).getByLabelText("Output tokens"), "8");
  await user.type(within(dialog).getByLabelText("First day"), "2026-11-01");
  await user.type(within(dialog).getByLabelText("Last day"), "2026-11-30");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await screen.findByText(/and 1 more rate is in the prices/)).toBeVisible();
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(sent.map(({ meter, price, per }) => [meter, price, per])).toEqual([
    ["input", "2.00", 1_000_000],
    ["output", "8", 1_000_000],
  ]);
  expect(sent[0]).toMatchObject({
    effective_from: "2026-11-01T00:00:00Z",
    effective_to: "2026-12-01T00:00:00Z",
  });
});

it("says at each field what is wrong, before the server sees it", async () => {
  const { user, sent } = prices([]);
  const dialog = await openForm(user);
  await user.type(within(dialog).getByLabelText("Input tokens"), "2,50 €");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(within(dialog).getByLabelText("Input tokens")).toHaveAccessibleDescription(
    /A price is a number like/,
  );
  expect(within(dialog).getByLabelText("Model")).toHaveAccessibleDescription(/Name a model/);
  await user.click(within(dialog).getByRole("radio", { name: "Discount" }));
  await user.type(within(dialog).getByLabelText("Percent off the list price"), "120");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(within(dialog).getByLabelText("Percent off the list price")).toHaveAccessibleDescription(
    "A discount is above 0 and at most 100.",
  );
  expect(sent).toEqual([]);
});

it("takes back the first rate when the second is refused, and says where", async () => {
  const { user, kept } = prices([]);
  answer("post", PRICES, ({ body }) => {
    const rule = body as NewPriceRule;
    if (rule.meter === "output")
      return problem(422, "Look.", [{ field: "body.price", detail: "too many digits" }]);
    kept.unshift(priceRule({ ...(rule as Partial<PriceRule>), id: "first" }));
    return created(ruleChanged(kept[0]));
  });
  const dialog = await openForm(user);
  await user.type(within(dialog).getByLabelText("Model"), "gpt-4o");
  await user.type(within(dialog).getByLabelText("Input tokens"), "2");
  await user.type(within(dialog).getByLabelText("Output tokens"), "8");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await within(dialog).findByText("too many digits")).toBeVisible();
  expect(within(dialog).getByLabelText("Output tokens")).toHaveAccessibleDescription("too many digits");
  expect(kept[0]!.state).toBe("revoked");
});

const form = (values: Record<string, string>) => (name: string) => values[name] ?? "";

it.each([
  ["discount", { percent: "0" }, "percent"],
  ["discount", { percent: "100.01" }, "percent"],
  ["rate", { "price.output": "-1" }, "price.output"],
  ["rate", {}, "price.input"],
  ["deployment", {}, "target_model"],
  ["deployment", { model_pattern: "a*b" }, "model_pattern"],
  ["discount", { first: "2026-11-02", last: "2026-11-01" }, "effective_to"],
] as const)("refuses a %s with %o at %s", (kind, values, field) => {
  expect(faultsOf(kind, form({ model_pattern: "gpt-4o", ...values }))).toHaveProperty([field]);
});

it.each([
  ["discount", { percent: "100" }],
  ["discount", { percent: "0.01", model_pattern: "*" }],
  ["rate", { "price.input": "0" }],
  ["deployment", { capacity: "provisioned", model_pattern: "*-mini" }],
] as const)("takes a %s with %o", (kind, values) => {
  expect(faultsOf(kind, form({ model_pattern: "gpt-4o*", ...values }))).toEqual({});
});

it("makes a deployment of what was filled in", () => {
  const values = {
    provider: "azure",
    model_pattern: "prod",
    target_model: "gpt-4o",
    capacity: "provisioned",
  };
  expect(rulesOf("deployment", form(values))).toEqual([
    expect.objectContaining({
      kind: "deployment",
      provider: "azure",
      meter: "*",
      target_provider: null,
      target_model: "gpt-4o",
      capacity: "provisioned",
    }),
  ]);
});

function Mapping() {
  const changes = usePriceChanges("w1");
  return (
    <MapModel
      workspaceId="w1"
      changes={changes}
      of={{ provider: "acme-labs", model: "nobody-knows-me-7b" }}
      suggestions={[{ provider: "openai", model: "gpt-4o-mini" }]}
    />
  );
}

it("maps an unknown model to the likeliest one with one click", async () => {
  let sent: unknown;
  answer("post", PRICES, ({ body }) => {
    sent = body;
    return created(ruleChanged());
  });
  const { user } = show(<Mapping />);
  await user.click(screen.getByRole("button", { name: "It is gpt-4o-mini" }));
  await waitFor(() => {
    expect(sent).toMatchObject({
      kind: "deployment",
      provider: "acme-labs",
      model_pattern: "nobody-knows-me-7b",
      target_provider: "openai",
      target_model: "gpt-4o-mini",
    });
  });
});

it("searches the known models for another one", async () => {
  let sent: unknown;
  answer("get", "/workspaces/w1/known-models", ({ url }) =>
    page(url.searchParams.get("q") === "son" ? [{ provider: "anthropic", model: "claude-sonnet-4-5" }] : []),
  );
  answer("post", PRICES, ({ body }) => {
    sent = body;
    return created(ruleChanged());
  });
  const { user } = show(<Mapping />);
  await user.click(screen.getByRole("button", { name: "Another model…" }));
  const dialog = await screen.findByRole("dialog", { name: "Which model is nobody-knows-me-7b?" });
  expect(within(dialog).getByRole("button", { name: /gpt-4o-mini/ })).toBeVisible();
  await user.type(within(dialog).getByLabelText("Search the price book"), "son");
  await user.click(await within(dialog).findByRole("button", { name: /claude-sonnet-4-5/ }));
  await waitFor(() => {
    expect(sent).toMatchObject({ target_provider: "anthropic", target_model: "claude-sonnet-4-5" });
  });
  await waitFor(() => {
    expect(screen.getByRole("button", { name: "Another model…" })).toHaveFocus();
  });
});

it("puts the likeliest names first", () => {
  const models = ["global.openai.gpt-5", "gpt-5-mini", "gpt-5"].map((model) => ({ provider: "p", model }));
  expect(likeliestFirst(models, "GPT 5").map(({ model }) => model)).toEqual([
    "gpt-5",
    "gpt-5-mini",
    "global.openai.gpt-5",
  ]);
});

it("says so when no known model has such a name", async () => {
  answer("get", "/workspaces/w1/known-models", () => page([]));
  const { user } = show(<Mapping />);
  await user.click(screen.getByRole("button", { name: "Another model…" }));
  await user.type(await screen.findByLabelText("Search the price book"), "zzz");
  expect(await screen.findByText("No known model is called “zzz”.")).toBeVisible();
});

it("shows every row of the book, with dates, brackets and sources as links", async () => {
  answer("get", `${PRICES}/openai/gpt-4o`, () => ({
    provider: "openai",
    model: "gpt-4o",
    price_version: "2026-11-19+a",
    rows: [
      priceRow({ effective_to: "2026-11-01T00:00:00Z", superseded_on: "2026-11-05" }),
      priceRow({ input_over: 272_000, tier: "priority", source_ref: "the model's page" }),
    ],
    own: [priceRule()],
  }));
  show(<BookLookUp workspaceId="w1" provider="openai" model="gpt-4o" onLookUp={() => undefined} />);
  const rows = within(await screen.findByRole("region", { name: "Rows of the price book" })).getAllByRole(
    "row",
  );
  expect(rows[1]).toHaveTextContent("input");
  expect(rows[1]).toHaveTextContent("$2.50 per 1M");
  expect(rows[1]).toHaveTextContent("until 31 Oct 2026");
  expect(rows[1]).toHaveTextContent("replaced on 5 Nov 2026");
  expect(within(rows[1]!).getByRole("link", { name: "genai-prices" })).toHaveAttribute(
    "href",
    "https://openai.com/api/pricing/",
  );
  expect(rows[2]).toHaveTextContent("tier priority");
  expect(rows[2]).toHaveTextContent("input > 272,000");
  expect(within(rows[2]!).queryByRole("link")).not.toBeInTheDocument();
  expect(screen.getByRole("region", { name: "Of your own" })).toHaveTextContent("20% off openai/*");
});

it("says so when the book knows nothing", async () => {
  answer("get", `${PRICES}/acme/odd`, () => ({
    provider: "acme",
    model: "odd",
    price_version: "v",
    rows: [],
    own: [],
  }));
  show(<BookLookUp workspaceId="w1" provider="acme" model="odd" onLookUp={() => undefined} />);
  expect(await screen.findByText("The price book has no price for odd at acme")).toBeVisible();
});

it("says when a row holds: hours, facts, places, factors", () => {
  expect(
    conditionsOf(
      priceRow({
        geo: "*",
        facts: "search_context_size=low",
        hours: [{ start: 990, end: 30, days: [1, 2] }],
        input_over: 200_000,
        input_over_inclusive: true,
      }),
    ),
  ).toEqual([
    "outside the global zone",
    "input ≥ 200,000",
    "search context size: low",
    "16:30 to 00:30 UTC Mon Tue",
  ]);
  expect(priceOf(priceRow({ is_factor: true, price: "1.10" }))).toBe("× 1.1");
});
