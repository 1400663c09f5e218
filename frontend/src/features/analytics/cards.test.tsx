import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import {
  breakdown,
  call,
  callDetail,
  explanation,
  figure,
  page,
  point,
  row,
  trend,
} from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { BreakdownCard } from "./breakdown-card";
import { CallsList } from "./calls-list";
import type { CallsLink } from "./links";
import { TrendCard } from "./trend-card";

const callsLink: CallsLink = (filter, text) => (
  <a href={`?${new URLSearchParams(filter).toString()}`}>{text}</a>
);
const IN = "/workspaces/w1";

beforeEach(() => {
  answer("get", `${IN}/tags`, () => page([]));
});

function showTrend(over: Partial<Parameters<typeof TrendCard>[0]> = {}) {
  const onChange = vi.fn();
  const card = (
    <TrendCard
      workspaceId="w1"
      month="2023-11"
      ledger="tracked"
      group="model"
      measure="cost"
      onChange={onChange}
      {...over}
    />
  );
  return { onChange, ...show(card) };
}

it("offers the trend as a table with exact amounts, and opens a day", async () => {
  answer("get", `${IN}/trend`, ({ url }) => {
    expect(url.searchParams.get("from")).toBe("2023-11-01");
    expect(url.searchParams.get("to")).toBe("2023-12-01");
    const isGrouped = url.searchParams.has("group_by");
    return isGrouped
      ? trend([
          point({ key: "gpt-4-0613", label: "gpt-4-0613", cost: "556.55298" }),
          point({ key: "gpt-3.5-turbo-1106", label: "gpt-3.5-turbo-1106", cost: "30.53920" }),
        ])
      : trend([point()]);
  });
  const { user, onChange } = showTrend();
  await screen.findByRole("heading", { name: "Spend by day" });
  await user.click(screen.getByRole("radio", { name: "Table" }));
  const line = await screen.findByRole("row", { name: /Thu, 16 Nov 2023/ });
  expect(within(line).getByText("$587.09218")).toBeVisible();
  expect(within(line).getByText("$556.55298")).toBeVisible();
  expect(within(line).getByText("$30.5392")).toBeVisible();

  await user.click(within(line).getByRole("button", { name: "Thu, 16 Nov 2023" }));
  expect(onChange).toHaveBeenCalledWith({ month: "2023-11", day: "2023-11-16" });
});

it("asks for hours once a day is open, and leads back to the month", async () => {
  answer("get", `${IN}/trend`, ({ url }) => {
    expect(url.searchParams.get("granularity")).toBe("hour");
    expect(url.searchParams.get("to")).toBe("2023-11-17");
    return trend([], { granularity: "hour" });
  });
  const { user, onChange } = showTrend({ day: "2023-11-16" });
  expect(await screen.findByText("No calls on Thu, 16 Nov 2023")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "November 2023" }));
  expect(onChange).toHaveBeenCalledWith({ day: undefined });
});

it("changes the grouping and the measure", async () => {
  answer("get", `${IN}/trend`, () => trend([]));
  const { user, onChange } = showTrend();
  expect(await screen.findByText("No calls in November 2023")).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "By provider" }));
  await user.click(screen.getByRole("radio", { name: "Calls" }));
  expect(onChange.mock.calls).toEqual([[{ group: "provider" }], [{ measure: "calls" }]]);
});

it("draws no bars of no height where no cost is known", async () => {
  answer("get", `${IN}/trend`, () =>
    trend([point({ key: "odd", label: "odd", cost: null, unpriced_calls: 2 })]),
  );
  const { user } = showTrend();
  expect(await screen.findByText("None of these calls has a price")).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "Table" }));
  expect((await screen.findAllByText("unpriced")).length).toBeGreaterThan(0);
});

it("says what went wrong with the trend, and tries again when told to", async () => {
  let isBroken = true;
  answer("get", `${IN}/trend`, () => (isBroken ? problem(403, "Ask an admin.") : trend([])));
  const { user } = showTrend();
  expect(await screen.findByRole("alert")).toHaveTextContent("Ask an admin.");
  isBroken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("No calls in November 2023")).toBeVisible();
});

it("breaks a month down with exact amounts, shares and unpriced calls", async () => {
  answer("get", `${IN}/breakdown`, () =>
    breakdown([
      row({ cost: "556.55298" }),
      row({ key: "", label: "(none)", cost: null, share: null, calls: 2, unpriced_calls: 2 }),
    ]),
  );
  const onChange = vi.fn();
  const { user } = show(
    <BreakdownCard
      workspaceId="w1"
      month="2023-11"
      ledger="tracked"
      by="model"
      onChange={onChange}
      callsLink={callsLink}
    />,
  );
  expect(screen.getByRole("status")).toHaveTextContent("Loading the breakdown");
  const first = await screen.findByRole("row", { name: /gpt-4-0613/ });
  expect(first).toHaveTextContent("$556.55$556.55298");
  expect(first).toHaveTextContent("94.8%");
  const second = screen.getByRole("row", { name: /\(none\)/ });
  expect(second).toHaveTextContent("2 unpriced");
  expect(second).not.toHaveTextContent("$");
  expect(screen.getByRole("link", { name: "Download this breakdown as CSV" })).toHaveAttribute(
    "href",
    "/api/v1/workspaces/w1/breakdown.csv?month=2023-11&by=model&ledger=tracked",
  );
  expect(within(second).getByRole("link")).toHaveAttribute("href", "?month=2023-11&model=");

  await user.click(screen.getByRole("radio", { name: "API key" }));
  expect(onChange).toHaveBeenCalledWith({ by: "api_key" });
});

it("leads nowhere from what is summed as other", async () => {
  answer("get", `${IN}/breakdown`, () => breakdown([row({ key: "(other)", label: "(other)" })]));
  show(
    <BreakdownCard
      workspaceId="w1"
      month="2023-11"
      ledger="tracked"
      by="model"
      onChange={vi.fn()}
      callsLink={callsLink}
    />,
  );
  expect(await screen.findByRole("row", { name: /\(other\)/ })).toBeVisible();
  expect(within(screen.getByRole("table")).queryByRole("link")).not.toBeInTheDocument();
});

const tagged = (tag: string | null) => ({
  by: tag === null ? "user" : "tag",
  tag,
  values: 3,
  has_other: false,
  ...figure(),
});

function showBreakdown(over: Partial<Parameters<typeof BreakdownCard>[0]>) {
  const onChange = vi.fn();
  const card = (
    <BreakdownCard
      workspaceId="w1"
      month="2023-11"
      ledger="tracked"
      onChange={onChange}
      callsLink={callsLink}
      {...over}
    />
  );
  return { onChange, ...show(card) };
}

it("shows a dozen groups at first, and more than a hundred when asked for all", async () => {
  const many = (length: number) => [
    ...Array.from({ length }, (_, at) => row({ key: `c${at}`, label: `c${at}` })),
    row({ key: "(other)", label: "(other)" }),
  ];
  answer("get", `${IN}/breakdown`, ({ url }) =>
    breakdown(many(url.searchParams.get("limit") === "500" ? 120 : 100), { by: "user" }),
  );
  const { user } = showBreakdown({ by: "user" });
  expect(await screen.findByRole("link", { name: "c11" })).toBeVisible();
  expect(screen.queryByRole("link", { name: "c12" })).not.toBeInTheDocument();
  expect(screen.queryByText(/holds every value/)).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Show all" }));
  expect(await screen.findByRole("link", { name: "c119" })).toBeVisible();
  expect(screen.getByText(/holds every value beyond the 120 shown here/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Show fewer" }));
  expect(screen.queryByRole("link", { name: "c12" })).not.toBeInTheDocument();
});

it("breaks down by customer, and says what is summed as other", async () => {
  answer("get", `${IN}/breakdown`, ({ url }) => {
    expect(url.searchParams.get("by")).toBe("user");
    return breakdown([row({ key: "ada", label: "ada" }), row({ key: "(other)", label: "(other)" })], {
      by: "user",
    });
  });
  showBreakdown({ by: "user" });
  expect(await screen.findByRole("link", { name: "ada" })).toHaveAttribute("href", "?month=2023-11&user=ada");
  expect(screen.getByRole("columnheader", { name: "Customer" })).toBeVisible();
  expect(screen.getByText(/beyond the first 10,000 of a day/)).toBeVisible();
  expect(screen.queryByRole("combobox")).not.toBeInTheDocument();
});

it("says when an upgrade's sums by customer are still being made", async () => {
  let complete = false;
  answer("get", `${IN}/breakdown`, () =>
    breakdown([row({ key: "", label: "(none)" })], { by: "user", complete }),
  );
  const { unmount } = showBreakdown({ by: "user" });
  expect(await screen.findByText(/still being added up by customer and tag/)).toBeVisible();
  unmount();
  complete = true;
  showBreakdown({ by: "user" });
  expect(await screen.findByRole("row", { name: /\(none\)/ })).toBeVisible();
  expect(screen.queryByText(/still being added up/)).not.toBeInTheDocument();
});

it("breaks down by a tag of the month, picked by name", async () => {
  answer("get", `${IN}/tags`, () => page([tagged("feature"), tagged("team"), tagged(null)]));
  answer("get", `${IN}/breakdown`, ({ url }) => {
    expect(url.searchParams.get("tag")).toBe("team");
    return breakdown([row({ key: "red", label: "red" }), row({ key: "", label: "(none)" })], {
      by: "tag",
      tag: "team",
    });
  });
  const { user, onChange } = showBreakdown({ by: "tag", tag: "team" });
  expect(await screen.findByRole("link", { name: "red" })).toHaveAttribute(
    "href",
    "?month=2023-11&tag.team=red",
  );
  expect(screen.getByRole("columnheader", { name: "team" })).toBeVisible();
  const picker = await screen.findByRole("combobox", { name: "Break down by tag" });
  expect(
    within(picker)
      .getAllByRole("option")
      .map((option) => option.textContent),
  ).toEqual(["Tag…", "feature", "team"]);
  await user.selectOptions(picker, "feature");
  await user.selectOptions(picker, "Tag…");
  await user.click(screen.getByRole("radio", { name: "Customer" }));
  expect(onChange.mock.calls).toEqual([
    [{ by: "tag", tag: "feature" }],
    [{ by: undefined, tag: undefined }],
    [{ by: "user", tag: undefined }],
  ]);
  expect(screen.getByRole("link", { name: /Download/ })).toHaveAttribute(
    "href",
    "/api/v1/workspaces/w1/breakdown.csv?month=2023-11&by=tag&tag=team&ledger=tracked",
  );
});

it("says so when there is nothing to break down", async () => {
  answer("get", `${IN}/breakdown`, () => breakdown([]));
  show(
    <BreakdownCard
      workspaceId="w1"
      month="2023-11"
      ledger="tracked"
      by="model"
      onChange={vi.fn()}
      callsLink={callsLink}
    />,
  );
  expect(await screen.findByText("Nothing to break down in November 2023")).toBeVisible();
});

it("pages through calls and states each one's price", async () => {
  answer("get", `${IN}/calls`, ({ url }) => {
    expect(url.searchParams.get("project")).toBe("");
    return url.searchParams.has("cursor")
      ? page([call({ event_id: "c", model: "local-llama", cost: "0", price_state: "free" })])
      : page(
          [
            call({ event_id: "a" }),
            call({
              event_id: "b",
              model: "odd-one",
              cost: null,
              price_state: "unpriced",
              unpriced_reason: "unknown_model",
            }),
          ],
          "next",
        );
  });
  answer("get", `${IN}/calls/b`, () =>
    callDetail({
      ...call({ event_id: "b", model: "odd-one", cost: null, price_state: "unpriced" }),
      unpriced_reason: "unknown_model",
      explanation: explanation({
        lines: [],
        list_cost: null,
        contracted_cost: null,
        stored_cost: null,
        is_exact: false,
      }),
    }),
  );
  const { user } = show(<CallsList workspaceId="w1" search={{ project: "" }} />);
  expect(await screen.findByRole("row", { name: /gpt-4o-mini/ })).toHaveTextContent("$0.00039");
  const odd = screen.getByRole("row", { name: /odd-one/ });
  expect(odd).toHaveTextContent("unpricedthe model is in no price book");
  expect(odd).not.toHaveTextContent("$");

  await user.click(screen.getByRole("button", { name: "Load more" }));
  expect(await screen.findByRole("row", { name: /local-llama/ })).toHaveTextContent("free$0.00");
  expect(screen.getByText("3 calls, all of them.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Load more" })).not.toBeInTheDocument();

  await user.click(screen.getByRole("button", { name: "odd-one" }));
  const detail = await screen.findByRole("dialog", { name: "odd-one" });
  expect(within(detail).getByText("the model is in no price book")).toBeVisible();
  await user.keyboard("{Escape}");
  await waitFor(() => {
    expect(screen.getByRole("button", { name: "odd-one" })).toHaveFocus();
  });
});

it("says so when no call matches", async () => {
  answer("get", `${IN}/calls`, () => page([]));
  const { unmount } = show(<CallsList workspaceId="w1" search={{ model: "gpt-4o" }} />);
  expect(await screen.findByText("No calls match")).toBeVisible();
  unmount();
  show(<CallsList workspaceId="w1" search={{}} startLink={<a href="/start">Send a call</a>} />);
  expect(await screen.findByText("No calls")).toBeVisible();
  expect(screen.getByRole("link", { name: "Send a call" })).toBeVisible();
});
