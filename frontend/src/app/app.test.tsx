import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import type { Me } from "@/api/types";
import { currentMonth } from "@/lib/dates";
import {
  apiKey,
  billedFigure,
  breakdown,
  call,
  credits,
  forecast,
  figure,
  freshness,
  me,
  page,
  point,
  priceRow,
  priceRule,
  repricing,
  row,
  ruleChanged,
  side,
  summary,
  trend,
  unpricedModel,
  workspace,
} from "@/testing/factories";
import { visit } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { returnPath } from "./session";

const entrances = { sign_up_open: true, providers: [] };

let who: Me | null;

beforeEach(() => {
  who = me();
  answer("get", "/workspaces/:id/alerts/unread", () => ({ unread: 0, worst: null }));
  answer("get", "/me", () => who ?? problem(401, "Sign in first."));
  answer("get", "/auth/providers", () => entrances);
});

function answerQuestions(over: Parameters<typeof summary>[0] = {}) {
  answer("get", "/workspaces/w1/summary", ({ url }) =>
    summary({ month: url.searchParams.get("month")!, ...over }),
  );
  answer("get", "/workspaces/w1/trend", () => trend([point()]));
  answer("get", "/workspaces/w1/tags", () => page([]));
  answer("get", "/workspaces/w1/breakdown", () => breakdown([row()]));
  answer("get", "/workspaces/w1/calls", () => page([call()]));
  answer("get", "/workspaces/w1/budgets", () => page([]));
  answer("get", "/workspaces/w1/forecast", () => forecast());
}

it("sends a stranger to the sign-in page and, signed in, back to where they wanted to go", async () => {
  const wanted = "/w/acme?month=2023-11&group=model";
  who = null;
  answerQuestions();
  answer("post", "/auth/login", () => {
    who = me();
    return { user: who.user };
  });
  const { user, history } = visit(wanted);
  await screen.findByRole("heading", { name: "Sign in" });
  expect(history.location.search).toContain(encodeURIComponent(wanted));

  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
  expect(await screen.findByRole("heading", { name: "Spend in November 2023" })).toBeVisible();
  expect(history.location.href).toBe(wanted);
});

it("takes only paths of its own to return to", () => {
  expect(returnPath("/w/acme?month=2023-11")).toBe("/w/acme?month=2023-11");
  for (const raw of [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:1",
    "/sign-in",
    "/",
    5,
    undefined,
  ]) {
    expect(returnPath(raw)).toBeUndefined();
  }
});

it("shows a month's exact figures", async () => {
  answerQuestions();
  visit("/w/acme?month=2023-11");
  expect(await screen.findByTestId("exact-spend")).toHaveTextContent("$587.09218");
  expect(await screen.findByRole("region", { name: "Breakdown" })).toBeVisible();
  expect(await screen.findByRole("region", { name: "Recent calls" })).toBeVisible();
});

it("tells of an empty month and points to the month of the last call", async () => {
  answerQuestions({ has_data: false, total: figure({ calls: 0, cost: "0" }) });
  visit("/w/acme");
  const link = await screen.findByRole("link", { name: "Go to November 2023" });
  expect(link).toHaveAttribute("href", "/w/acme?month=2023-11");
});

it("leads a workspace without any call to its first one", async () => {
  answerQuestions({ has_data: false, freshness: freshness({ last_event_at: null, last_recorded_at: null }) });
  visit("/w/acme");
  expect(await screen.findByRole("link", { name: "Send a call" })).toHaveAttribute("href", "/w/acme/start");
});

it("opens a workspace by its id as well as by its short name", async () => {
  answerQuestions();
  visit("/w/w1?month=2023-11");
  expect(await screen.findByTestId("spend")).toHaveTextContent("$587.09");
});

it.each(["/w/somebody-elses", "/no/such/page"])("says that there is nothing at %s", async (address) => {
  visit(address);
  expect(await screen.findByRole("heading", { name: "There is nothing at this address" })).toBeVisible();
});

it("offers to try again when the server cannot say who is signed in", async () => {
  // React and the router tell the console of an error that reached a boundary, as they should.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  answer("get", "/me", () => problem(400, "Not today."));
  answerQuestions();
  const { user } = visit("/w/acme?month=2023-11");
  expect(await screen.findByRole("alert")).toHaveTextContent("Not today.");
  answer("get", "/me", () => me());
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByTestId("spend")).toBeVisible();
});

it("goes to the sign-in page when the session ends under the reader's eyes", async () => {
  answer("get", "/auth/sessions", () => {
    who = null;
    return problem(401, "The session has ended.");
  });
  const { history } = visit("/w/acme/settings/sessions");
  await screen.findByRole("heading", { name: "Sign in" });
  expect(history.location.search).toContain(encodeURIComponent("/w/acme/settings/sessions"));
});

it("signs out on the server, and the way back is closed", async () => {
  answer("get", "/workspaces/w1/api-keys", () => page([apiKey()]));
  answer("post", "/auth/logout", () => {
    who = null;
    return noContent();
  });
  const { user, history, app } = visit("/w/acme/settings/api-keys");
  await screen.findByText("production");
  await user.click(screen.getByRole("button", { name: "Your account" }));
  await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  await screen.findByRole("heading", { name: "Sign in" });
  expect(app.queryClient.getQueryCache().getAll()).toEqual([]);

  history.back();
  await waitFor(() => {
    expect(history.location.pathname).toBe("/sign-in");
    expect(history.location.search).toContain("redirect");
  });
  expect(screen.queryByText("production")).not.toBeInTheDocument();
});

it("leads a newcomer from the name of the workspace over the key to the dashboard", async () => {
  who = me({ workspaces: [] });
  let arrived = false;
  answer("post", "/workspaces", () => {
    who = me();
    return created(workspace());
  });
  answer("post", "/workspaces/w1/api-keys", () =>
    created({ ...apiKey(), name: "first key", key: "tb_secret" }),
  );
  answerQuestions({ has_data: true });
  answer("get", "/workspaces/w1/calls", () =>
    page(arrived ? [call({ occurred_at: new Date().toISOString() })] : []),
  );

  const { user, history } = visit("/");
  await user.type(await screen.findByLabelText("Workspace name"), "Acme{Enter}");
  expect(await screen.findByTestId("api-key")).toHaveTextContent("tb_secret");
  expect(await screen.findByLabelText("Python snippet")).toHaveTextContent("tb_secret");
  expect(screen.getByRole("link", { name: "Skip to the dashboard" })).toHaveAttribute("href", "/w/acme");

  arrived = true;
  expect(await screen.findByTestId("spend")).toBeVisible();
  expect(history.location.href).toBe("/w/acme");
  expect(document.body).not.toHaveTextContent("tb_secret");
});

it("does not show a key a second time", async () => {
  answer("get", "/workspaces/w1/calls", () => page([]));
  answer("post", "/workspaces/w1/api-keys", () => created({ ...apiKey(), key: "tb_another" }));
  const { user } = visit("/w/acme/start");
  expect(await screen.findByText("A key is shown only once")).toBeVisible();
  expect(screen.queryByTestId("api-key")).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Create a key" }));
  expect(await screen.findByTestId("api-key")).toHaveTextContent("tb_another");
});

it("remembers the month in the address", async () => {
  answerQuestions();
  const { user, history } = visit("/w/acme");
  await user.click(await screen.findByRole("button", { name: "Previous month" }));
  await waitFor(() => {
    expect(history.location.search).toMatch(/^\?month=\d{4}-\d{2}$/);
  });
  await user.click(screen.getByRole("button", { name: "Next month" }));
  await waitFor(() => {
    expect(history.location.search).toBe("");
  });
  expect(screen.getByRole("button", { name: /20\d\d$/ })).toBeVisible();
  expect(currentMonth()).toMatch(/^\d{4}-\d{2}$/);
});

it("leads from an unpriced model over its price to its re-pricing, filled in", async () => {
  answer("get", "/workspaces/w1/unpriced-models", () =>
    page([
      unpricedModel({
        suggestions: [{ kind: "deployment", target_provider: "openai", target_model: "gpt-4o" }],
      }),
    ]),
  );
  answer("post", "/workspaces/w1/prices", () =>
    created(
      ruleChanged({
        kind: "deployment",
        provider: "acme-labs",
        model_pattern: "nobody-knows-me-7b",
        target_provider: "openai",
        target_model: "gpt-4o",
        effective_from: null,
      }),
    ),
  );
  answer("get", "/workspaces/w1/repricings", () => page([]));
  const { user, history } = visit("/w/acme/unpriced?month=2026-11");
  await user.click(await screen.findByRole("button", { name: "It is gpt-4o" }));
  expect(await screen.findByText("acme-labs/nobody-knows-me-7b is openai/gpt-4o")).toBeVisible();
  await user.click(screen.getByRole("link", { name: "Price past calls again…" }));
  expect(await screen.findByRole("heading", { name: "Re-pricing" })).toBeVisible();
  expect(await screen.findByLabelText("First day")).toHaveValue("2026-11-01");
  expect(screen.getByLabelText("Last day")).toHaveValue("2026-11-30");
  expect(screen.getByLabelText("Provider")).toHaveValue("acme-labs");
  expect(screen.getByLabelText("Model")).toHaveValue("nobody-knows-me-7b");
  expect(screen.getByLabelText("Only calls without a price")).toBeChecked();
  expect(history.location.pathname).toBe("/w/acme/repricings");
});

it("keeps the three rooms of prices together in the navigation", async () => {
  answer("get", "/workspaces/w1/prices", () => page([priceRule()]));
  answer("get", "/workspaces/w1/unpriced-models", () => page([]));
  const { user } = visit("/w/acme/prices");
  expect(await screen.findByText("20% off openai/*, from 1 Nov 2026")).toBeVisible();
  await user.click(screen.getByRole("link", { name: "Unpriced" }));
  expect(await screen.findByText(/^Nothing is unpriced in/)).toBeVisible();
  const main = screen.getByRole("navigation", { name: "Main" });
  expect(within(main).getByRole("link", { name: "Prices" })).toHaveAttribute("data-status", "active");
});

it("looks a model up in the price book by the address", async () => {
  answer("get", "/workspaces/w1/prices", () => page([]));
  answer("get", "/workspaces/w1/prices/openai/gpt-4o", () => ({
    provider: "openai",
    model: "gpt-4o",
    price_version: "v",
    rows: [priceRow()],
    own: [],
  }));
  const { user, history } = visit("/w/acme/prices");
  await user.type(await screen.findByLabelText("Provider"), "openai");
  await user.type(screen.getByLabelText("Model"), "gpt-4o{Enter}");
  expect(await screen.findByRole("row", { name: /\$2\.50 per 1M/ })).toBeVisible();
  expect(history.location.search).toBe("?provider=openai&model=gpt-4o");
});

it("shows a member re-pricings without the form", async () => {
  who = me({ workspaces: [workspace({ role: "viewer" })] });
  answer("get", "/workspaces/w1/repricings", () => page([repricing()]));
  answer("get", "/workspaces/w1/repricings/p1", () => repricing());
  visit("/w/acme/repricings?id=p1");
  expect(await screen.findByText("Owners and admins price calls again")).toBeVisible();
  expect(await screen.findByText(/These prices, this period/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Preview" })).not.toBeInTheDocument();
});

it("follows a workspace to its new short name", async () => {
  answer("get", "/workspaces/w1/retention", () => ({ days: null, default_days: null, complete_since: null }));
  answer("patch", "/workspaces/w1", ({ body }) => {
    who = me({ workspaces: [workspace(body as { name: string; slug: string })] });
    return who.workspaces[0]!;
  });
  const { user, history } = visit("/w/acme/settings/workspace");
  await user.clear(await screen.findByLabelText("Short name in addresses"));
  await user.type(screen.getByLabelText("Short name in addresses"), "globex{Enter}");
  await waitFor(() => {
    expect(history.location.pathname).toBe("/w/globex/settings/workspace");
  });
  expect(await screen.findByDisplayValue("globex")).toBeVisible();
});

it("leads to the connections, with a way to add one for those who may", async () => {
  answerQuestions();
  answer("get", "/workspaces/w1/connections", () => page([]));
  answer("get", "/workspaces/w1/credits", () => credits([]));
  answer("get", "/workspaces/w1/exchange-rates", () => page([]));
  const { user } = visit("/w/acme?month=2023-11");
  await user.click(await screen.findByRole("link", { name: "Connections" }));
  expect(await screen.findByText("No provider is connected yet")).toBeVisible();
  expect(screen.getByRole("button", { name: "Connect a provider" })).toBeVisible();
});

it("asks every question of the page of the ledger that is chosen, and names it", async () => {
  const asked = new Set<string | null>();
  const ledgers = [
    { ...figure(), ledger: "tracked" as const },
    { ...billedFigure(), ledger: "billed" as const },
  ];
  const bill = { ledger: "billed" as const, total: billedFigure(), today: billedFigure({ cost: null }) };
  const fresh = freshness({ billed_until: "2023-11-20T00:00:00Z" });
  answer("get", "/workspaces/w1/summary", ({ url }) =>
    url.searchParams.get("ledger") === "billed"
      ? summary({ ...bill, ledgers, freshness: fresh })
      : summary({ ledgers }),
  );
  answer("get", "/workspaces/w1/trend", ({ url }) => {
    asked.add(url.searchParams.get("ledger"));
    return trend([point()]);
  });
  answer("get", "/workspaces/w1/tags", () => page([]));
  answer("get", "/workspaces/w1/breakdown", ({ url }) => {
    asked.add(url.searchParams.get("ledger"));
    return breakdown([row()]);
  });
  answer("get", "/workspaces/w1/calls", () => page([call()]));
  answer("get", "/workspaces/w1/reconciliation", () => ({
    month: "2023-11",
    by: "provider",
    period: summary().period,
    total: side({ key: "" }),
    rows: [side()],
    freshness: fresh,
  }));
  const { user, history } = visit("/w/acme?month=2023-11");
  await user.click(await screen.findByRole("radio", { name: "Billed" }));
  expect(await screen.findByText("What the providers charge · billed until 19 Nov 2023")).toBeVisible();
  expect(screen.getByTestId("exact-spend")).toHaveTextContent("$612.50");
  expect(screen.getByRole("region", { name: "Tracked against billed" })).toBeVisible();
  expect(screen.queryByRole("region", { name: "Recent calls" })).not.toBeInTheDocument();
  expect(history.location.search).toContain("ledger=billed");
  await waitFor(() => {
    expect(asked).toEqual(new Set(["tracked", "billed"]));
  });
});
