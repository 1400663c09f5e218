import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { call, callDetail, explanation, explanationLine } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { CallDetail } from "./call-detail";
import { ExplanationView } from "./explanation";

const text = (name: string) => screen.getByText(name).closest("div");

function explained(over: Parameters<typeof explanation>[0] = {}) {
  return show(<ExplanationView call={callDetail({ explanation: explanation(over) })} />);
}

it("writes each line as quantity times price, with its source", () => {
  explained();
  const lines = within(screen.getByRole("region", { name: "The call itself" })).getAllByRole("listitem");
  expect(lines[0]).toHaveTextContent("input1,200 × $0.15 per 1M = $0.00018");
  expect(lines[0]).toHaveTextContent("genai-prices · checked 19 Nov 2026 · priced as openai/gpt-4o-mini");
  expect(lines[1]).toHaveTextContent("output350 × $0.60 per 1M = $0.00021");
  expect(text("At list prices")).toHaveTextContent("$0.00039");
  expect(text("Counted with")).toHaveTextContent("$0.00039");
  expect(screen.getByText("This explains the stored figure exactly.")).toBeVisible();
  expect(screen.queryByText("At your own prices")).not.toBeInTheDocument();
});

it("leads to where a price was read, and says from when to when it holds", () => {
  explained({
    lines: [
      explanationLine({
        source_ref: "https://openai.com/api/pricing/",
        effective_from: "2026-10-01T00:00:00Z",
        effective_to: "2026-12-01T00:00:00Z",
      }),
      explanationLine({ unit: "tool.web_search", source: "own:r1", priced_as: "" }),
    ],
  });
  expect(screen.getByRole("link", { name: "genai-prices" })).toHaveAttribute(
    "href",
    "https://openai.com/api/pricing/",
  );
  expect(screen.getByText(/holds 1 Oct 2026 to 30 Nov 2026/)).toBeVisible();
  expect(screen.getByText(/your own rate stands alone/)).toBeVisible();
});

it("says tier, bracket and place, and the factor that is in the price", () => {
  const bracket = {
    input_tokens: 310_000,
    threshold: 272_000,
    is_inclusive: false,
    is_beyond: true,
    text: "input 310,000 > 272,000",
  };
  const geo = { place: "us", factor: "1.1" };
  explained({
    tier: "priority",
    processing: "batch",
    bracket,
    geo,
    lines: [explanationLine({ bracket, geo })],
  });
  const words = screen.getByRole("list", { name: "What the price depends on" });
  for (const word of ["tier priority", "batch", "processed in us", "input 310,000 > 272,000"]) {
    expect(words).toHaveTextContent(word);
  }
  expect(screen.getByText("The price has the factor 1.1 for us in it.")).toBeVisible();
});

it("shows a discount, an own rate, and what they make of the list price", () => {
  explained({
    lines: [
      explanationLine({
        contracted: "0.000144",
        own: { rule_id: "r1", price: null, per: null, percent: "20" },
      }),
      explanationLine({
        unit: "output.visible.text",
        label: "output",
        contracted: "0.00035",
        own: { rule_id: "r2", price: "1", per: 1_000_000, percent: null },
      }),
    ],
    contracted_cost: "0.000494",
    stored_cost: "0.000494",
  });
  const [first, second] = screen.getAllByRole("listitem");
  expect(first).toHaveTextContent("Your discount: 20% off= $0.000144");
  expect(second).toHaveTextContent("Your own rate: $1.00 per 1M= $0.00035");
  expect(text("At your own prices")).toHaveTextContent("$0.000494");
});

it("prices a part by its own model, after the call itself", () => {
  explained({
    lines: [explanationLine({ role: "advisor", priced_as: "anthropic/claude-opus-4" }), explanationLine()],
  });
  const [first, second] = screen.getAllByRole("region");
  expect(first).toHaveAccessibleName("The call itself");
  expect(second).toHaveAccessibleName("advisor");
  expect(second).toHaveTextContent("advisor anthropic/claude-opus-4");
});

it("sets the provider's own figure against ours", () => {
  explained({
    reported_cost: "0.0004",
    difference: "0.00001",
    difference_percent: "2.5641",
    stored_cost: "0.0004",
  });
  expect(text("The provider's own figure")).toHaveTextContent("+$0.00001 (+2.6%) against ours$0.0004");
  expect(text("Counted with")).toHaveTextContent("the provider's own figure goes first$0.0004");
});

it("says that the provider's figure is the same as ours", () => {
  explained({ reported_cost: "0.00039", difference: "0.00000", difference_percent: "0" });
  expect(text("The provider's own figure")).toHaveTextContent("the same as ours$0.00039");
});

it("never shows an unknown cost as zero", () => {
  explained({
    lines: [explanationLine()],
    unpriced_units: ["output.visible.text", "tool.web_search"],
    unpriced_reason: "no_price_for_unit",
    list_cost: null,
    contracted_cost: null,
    stored_cost: null,
    current_cost: null,
  });
  expect(screen.getByText(/output, web search/)).toBeVisible();
  expect(text("At list prices")).toHaveTextContent("unpriced");
  expect(text("Counted with")).toHaveTextContent("unpriced");
  expect(document.body).not.toHaveTextContent("$0.00 ");
  expect(screen.getByText(/No cost is stored, and today's prices know none either/)).toBeVisible();
});

it("shows both figures when today's prices give another one, and leads to re-pricing", () => {
  show(
    <ExplanationView
      call={callDetail({
        explanation: explanation({
          is_exact: false,
          stored_cost: "0.5",
          current_cost: "0.00039",
          price_version: "2026-10-01+b",
        }),
      })}
      reprice={<a href="/again">Again</a>}
    />,
  );
  expect(screen.getByText(/Stored is \$0.50, by the prices of version 2026-10-01\+b/)).toHaveTextContent(
    "give $0.00039",
  );
  expect(screen.getByRole("link", { name: "Again" })).toBeVisible();
});

it("keeps the figures from before a re-pricing in view, also one that was taken back", () => {
  const earlier = {
    repricing_id: "p1",
    changed_at: "2026-11-20T10:00:00Z",
    undone_at: null,
    price_state: "unpriced",
    unpriced_reason: "unknown_model",
    cost: null,
    list_cost: null,
    contracted_cost: null,
    priced_as: null,
    price_version: "v1",
  };
  explained({
    history: [earlier, { ...earlier, repricing_id: "p0", cost: "0.5", undone_at: "2026-11-20T11:00:00Z" }],
  });
  const [first, second] = within(screen.getByRole("region", { name: "Earlier figures" })).getAllByRole(
    "listitem",
  );
  expect(first).toHaveTextContent("Until 20 Nov 2026, 10:00:00 UTC, version v1unpriced");
  expect(second).toHaveTextContent("(taken back 20 Nov 2026, 11:00:00 UTC)$0.50");
});

it("says why a call is free", () => {
  explained({ state: "free", free_reason: "capacity", capacity: "provisioned", stored_cost: "0" });
  expect(text("Counted with")).toHaveTextContent("free: its capacity is paid for otherwise$0.00");
  expect(screen.getByText("provisioned capacity, free at the margin")).toBeVisible();
});

it("opens the raw usage on demand, and says by which rules it was read", async () => {
  answer("get", "/workspaces/w1/calls/evt-1", () =>
    callDetail({ raw_usage: { prompt_tokens: 1200 }, convention: "openai_chat" }),
  );
  const { user } = show(<CallDetail workspaceId="w1" call={call()} onClose={() => undefined} />);
  await user.click(await screen.findByText("Usage as the provider sent it"));
  expect(screen.getByRole("region", { name: "Raw usage" })).toHaveTextContent('"prompt_tokens": 1200');
  expect(screen.getByText("Read by the rules of openai_chat.")).toBeVisible();
});

it("keeps what the list knows when the arithmetic cannot be had, and tries again", async () => {
  let isBroken = true;
  answer("get", "/workspaces/w1/calls/evt-1", () => (isBroken ? problem(404, "Gone.") : callDetail()));
  const { user } = show(<CallDetail workspaceId="w1" call={call()} onClose={() => undefined} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("Gone.");
  expect(screen.getByRole("region", { name: "Price" })).toHaveTextContent("$0.00039");
  isBroken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("This explains the stored figure exactly.")).toBeVisible();
});
