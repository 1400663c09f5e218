import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { Repricing } from "@/api/types";
import { page, repricing, repricingFigure } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { RepricingDetail } from "./repricing-detail";
import { RepricingForm } from "./repricing-form";
import { RepricingList } from "./repricing-list";
import { asked, scopeText } from "./rules";
import { repricingSearch } from "./search";

const IN = "/workspaces/w1/repricings";
const ONE = `${IN}/p1`;

function detail(first: Partial<Repricing> = {}, mayEdit = true) {
  let now = repricing(first);
  answer("get", ONE, () => now);
  const onStarted = vi.fn();
  return {
    onStarted,
    become: (over: Partial<Repricing>) => {
      now = repricing(over);
    },
    ...show(<RepricingDetail workspaceId="w1" id="p1" mayEdit={mayEdit} onStarted={onStarted} />),
  };
}

it("asks for a preview of whole days, the last one included", async () => {
  let sent: unknown;
  answer("post", IN, ({ body }) => {
    sent = body;
    return repricing({ status: "previewing" });
  });
  const onStarted = vi.fn();
  const { user } = show(
    <RepricingForm
      workspaceId="w1"
      search={{ first: "2026-11-01", last: "2026-11-30", provider: "acme", model: "odd", unpriced: "yes" }}
      onStarted={onStarted}
    />,
  );
  await user.click(screen.getByRole("button", { name: "Preview" }));
  await waitFor(() => {
    expect(onStarted).toHaveBeenCalledWith(expect.objectContaining({ id: "p1" }));
  });
  expect(sent).toEqual({
    from: "2026-11-01T00:00:00Z",
    to: "2026-12-01T00:00:00Z",
    provider: "acme",
    model: "odd",
    only_unpriced: true,
    reread_usage: false,
  });
});

it("says at the field what the server finds wrong", async () => {
  answer("post", IN, () => problem(422, "Look at: to.", [{ field: "body.to", detail: "lies before from" }]));
  const { user } = show(
    <RepricingForm
      workspaceId="w1"
      search={{ first: "2026-11-30", last: "2026-11-01" }}
      onStarted={vi.fn()}
    />,
  );
  await user.click(screen.getByRole("button", { name: "Preview" }));
  expect(await screen.findByText("lies before from")).toBeVisible();
  expect(screen.getByLabelText("Last day")).toHaveAccessibleDescription(/lies before from/);
});

it("leaves out what was left empty: an open period, every model", () => {
  expect(asked(() => "", { unpriced: false, reread: true })).toEqual({
    only_unpriced: false,
    reread_usage: true,
  });
  expect(
    repricingSearch({ first: "", last: "2026-02-30", provider: "", model: "odd", unpriced: "no" }),
  ).toEqual({
    first: "",
    model: "odd",
  });
});

it("shows how far a preview is, and looks again until it is ready", async () => {
  const { become } = detail({ status: "previewing", progress: { done: 12_000, total: 41_212 } });
  expect(await screen.findByText("Calls looked at: 12,000 of 41,212")).toBeVisible();
  expect(screen.getByRole("progressbar", { name: "Calls looked at" })).toHaveAttribute("value", "12000");
  become({ status: "ready" });
  expect(await screen.findByText("ready to apply")).toBeVisible();
});

it("says what these prices make of this period, by model and by day", async () => {
  detail();
  expect(await screen.findByText(/These prices, this period/)).toHaveTextContent(
    "These prices, this period: 3 models, 41,212 calls, from $1,204.11 to $987.02, 40,000 calls with another figure.",
  );
  const models = screen.getByRole("region", { name: "Re-pricing by model" });
  expect(within(models).getByRole("row", { name: /gpt-4o/ })).toHaveTextContent(
    "gpt-4oopenai$1,204.11$987.0241,21240,000410",
  );
  const days = screen.getByRole("region", { name: "Re-pricing by day" });
  expect(within(days).getByRole("row", { name: /Mon, 2 Nov 2026/ })).toHaveTextContent("$987.02");
});

it("shows a cost that was not known as unpriced, never as zero", async () => {
  const figure = repricingFigure({ cost_before: null, cost_after: "3.5" });
  detail({ summary: { ...figure, models: 1, by_model: [], by_day: [] } });
  expect(await screen.findByText(/from unpriced to \$3.50/)).toBeVisible();
});

it("applies after a second thought, and follows it to the end", async () => {
  let state: Partial<Repricing> = {};
  const view = detail();
  answer("post", `${ONE}/apply`, () => {
    state = { status: "applying", progress: { done: 10, total: 41_212 } };
    view.become(state);
    return repricing(state);
  });
  const { user } = view;
  await user.click(await screen.findByRole("button", { name: "Apply" }));
  const dialog = await screen.findByRole("dialog", { name: "Change 40,000 calls?" });
  await user.click(within(dialog).getByRole("button", { name: "Apply" }));
  expect(await screen.findByText("Calls changed: 10 of 41,212")).toBeVisible();
  view.become({ status: "applied", applied_at: "2026-11-20T10:00:00Z" });
  expect(await screen.findByRole("button", { name: "Undo" })).toBeVisible();
});

it("gives the focus back to the button when nothing is applied after all", async () => {
  const { user } = detail();
  await user.click(await screen.findByRole("button", { name: "Apply" }));
  await user.click(await screen.findByRole("button", { name: "Not now" }));
  await waitFor(() => {
    expect(screen.getByRole("button", { name: "Apply" })).toHaveFocus();
  });
});

it("undoes what was applied", async () => {
  const view = detail({ status: "applied", applied_at: "2026-11-20T10:00:00Z" });
  answer("post", `${ONE}/undo`, () => {
    view.become({ status: "undone" });
    return repricing({ status: "undone" });
  });
  await view.user.click(await screen.findByRole("button", { name: "Undo" }));
  const dialog = await screen.findByRole("dialog", { name: "Put 40,000 calls back?" });
  await view.user.click(within(dialog).getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("undone")).toBeVisible();
});

it("leads to a new preview when the prices have changed since", async () => {
  answer("post", `${ONE}/apply`, () =>
    Response.json(
      {
        title: "The prices have changed since the preview",
        detail: "Preview again.",
        code: "prices_changed",
      },
      { status: 409 },
    ),
  );
  let sent: unknown;
  answer("post", IN, ({ body }) => {
    sent = body;
    return repricing({ id: "p2", status: "previewing" });
  });
  const { user, onStarted } = detail();
  await user.click(await screen.findByRole("button", { name: "Apply" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Apply" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("Preview again.");
  await user.click(within(dialog).getByRole("button", { name: "Preview again" }));
  await waitFor(() => {
    expect(onStarted).toHaveBeenCalledWith(expect.objectContaining({ id: "p2" }));
  });
  expect(sent).toEqual(repricing().filter);
});

it("says why it failed, and that nothing is half done", async () => {
  detail({ status: "failed", error: "The disk is full." });
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The disk is full.");
  expect(alert).toHaveTextContent("Preview again.");
});

it("says so when no call is meant, and offers nothing to apply", async () => {
  const none = repricingFigure({ calls: 0, changed: 0, cost_before: null, cost_after: null });
  detail({ summary: { ...none, models: 0, by_model: [], by_day: [] } });
  expect(await screen.findByText(/No call lies in this period/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Apply" })).not.toBeInTheDocument();
});

it("shows a member what was found, without the steps", async () => {
  detail({}, false);
  expect(await screen.findByText(/These prices, this period/)).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("lists the history, and opens one", async () => {
  answer("get", IN, () => page([repricing(), repricing({ id: "p0", status: "undone" })]));
  const onOpen = vi.fn();
  const { user } = show(<RepricingList workspaceId="w1" onOpen={onOpen} />);
  const [first, second] = await screen.findAllByRole("listitem");
  expect(first).toHaveTextContent("every call · 1 Nov 2026 to 30 Nov 2026");
  expect(first).toHaveTextContent("3 models, 41,212 calls, from $1,204.11 to $987.02");
  expect(second).toHaveTextContent("undone");
  await user.click(within(second!).getByRole("button"));
  expect(onOpen).toHaveBeenCalledWith("p0");
});

it("says so while nothing has been priced again", async () => {
  answer("get", IN, () => page([]));
  show(<RepricingList workspaceId="w1" onOpen={vi.fn()} />);
  expect(await screen.findByText("Nothing has been priced again yet")).toBeVisible();
});

it("names its calls in words", () => {
  const filter = { ...repricing().filter, provider: "openai", model: "gpt-4o", only_unpriced: true };
  expect(scopeText(repricing({ filter }))).toBe(
    "gpt-4o at openai · 1 Nov 2026 to 30 Nov 2026 · only calls without a price",
  );
});
