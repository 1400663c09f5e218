import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { page, unpricedModel } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { UnpricedInbox } from "./unpriced-inbox";

const PATH = "/workspaces/w1/unpriced-models";
const inbox = (
  <UnpricedInbox workspaceId="w1" month="2026-11" actions={({ model }) => <button>Mend {model}</button>} />
);

it("lists models by what is unknown of them, with an estimate that says it is one", async () => {
  answer("get", PATH, ({ url }) => {
    expect(url.searchParams.get("month")).toBe("2026-11");
    return page([
      unpricedModel({
        estimate: {
          cost: "12.3412",
          like: "openai/gpt-5.6-luna",
          why: "the nearest name",
          is_estimate: true,
        },
      }),
      unpricedModel({
        model: "odd",
        calls: 3,
        reasons: [
          { reason: "unknown_model", calls: 2 },
          { reason: "usage_missing", calls: 1 },
        ],
      }),
    ]);
  });
  show(inbox);
  const [first, second] = await screen.findAllByRole("listitem");
  expect(first).toHaveTextContent("41 calls · 820K tokens in, 41K out · since 2 Nov 2026");
  expect(first).toHaveTextContent("Why: the model is in no price book.");
  expect(first).toHaveTextContent("estimate");
  expect(first).toHaveTextContent("about $12.34, if priced like openai/gpt-5.6-luna");
  expect(second).toHaveTextContent("2 calls: the model is in no price book; 1 call: no usage was sent");
  expect(second).toHaveTextContent("cannot be estimated");
  expect(second).not.toHaveTextContent("$");
  expect(screen.getByRole("button", { name: "Mend odd" })).toBeVisible();
});

it("says that a model got its price meanwhile", async () => {
  answer("get", PATH, () => page([unpricedModel({ is_priced_now: true })]));
  show(inbox);
  expect(await screen.findByText(/It has a price by now/)).toBeVisible();
});

it("has good news for a month without unpriced calls", async () => {
  answer("get", PATH, () => page([]));
  show(inbox);
  expect(await screen.findByText("Nothing is unpriced in November 2026")).toBeVisible();
});

it("loads more on demand", async () => {
  answer("get", PATH, ({ url }) =>
    url.searchParams.has("cursor")
      ? page([unpricedModel({ model: "second" })])
      : page([unpricedModel()], "next"),
  );
  const { user } = show(inbox);
  await user.click(await screen.findByRole("button", { name: "Load more" }));
  expect(await screen.findByText("second")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Load more" })).not.toBeInTheDocument();
});

it("says what went wrong, and tries again", async () => {
  let isBroken = true;
  answer("get", PATH, () => (isBroken ? problem(403, "Not yours.") : page([])));
  const { user } = show(inbox);
  expect(await screen.findByRole("alert")).toHaveTextContent("Not yours.");
  isBroken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Nothing is unpriced in November 2026")).toBeVisible();
});
