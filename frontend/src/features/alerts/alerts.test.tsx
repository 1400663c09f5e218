import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { Alert } from "@/api/types";
import { alertOf, alertSetting, page } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, noContent, problem } from "@/testing/server";

import { AlertDetail } from "./alert-detail";
import { AlertList } from "./alert-list";
import { BellIcon, useUnread } from "./bell";
import { KindSettings } from "./kind-settings";
import { QuietHoursCard } from "./quiet-hours-card";
import { sentFigure, shownFigure } from "./rules";
import { alertsSearch } from "./search";

const IN = "/workspaces/w1/alerts";
const ONE = `${IN}/a1`;
const SETTINGS = "/workspaces/w1/alert-settings";

function Bell() {
  const { label, ...bell } = useUnread("w1");
  return (
    <a href="/alerts" aria-label={label}>
      <BellIcon {...bell} />
    </a>
  );
}

it("rings with the number that you have not seen", async () => {
  answer("get", `${IN}/unread`, () => ({ unread: 3, worst: "critical" }));
  show(<Bell />);
  expect(await screen.findByRole("link", { name: "Alerts, 3 unread" })).toHaveTextContent("3");
});

it("lists what happened, and opens one", async () => {
  answer("get", IN, () =>
    page([
      alertOf({ occurrences: 4 }),
      alertOf({ id: "a2", title: "Credits last for 3 days", state: "resolved", is_read: true }),
    ]),
  );
  const onOpen = vi.fn();
  const { user } = show(<AlertList workspaceId="w1" search={{}} onChange={vi.fn()} onOpen={onOpen} />);
  const [first, second] = await screen.findAllByRole("listitem");
  expect(first).toHaveTextContent("Unread: $12.00 in an hour, where $2.00 is usual");
  expect(first).toHaveTextContent("4 times");
  expect(second).toHaveTextContent("Resolved");
  expect(second).not.toHaveTextContent("Unread");
  await user.click(within(first!).getByRole("button"));
  expect(onOpen).toHaveBeenCalledWith("a1");
});

it("filters by state, kind and severity, and shows the way back when none is like that", async () => {
  let asked = "";
  answer("get", IN, ({ url }) => {
    asked = url.search;
    return page([]);
  });
  const onChange = vi.fn();
  const { user } = show(
    <AlertList
      workspaceId="w1"
      search={alertsSearch({ state: "open", kind: "spend_spike", severity: "loud" })}
      onChange={onChange}
      onOpen={vi.fn()}
    />,
  );
  expect(await screen.findByText("No alert is like this")).toBeVisible();
  expect(asked).toBe("?state=open&kind=spend_spike");
  await user.selectOptions(screen.getByLabelText("Severity"), "critical");
  expect(onChange).toHaveBeenCalledWith({ state: "open", kind: "spend_spike", severity: "critical" });
  await user.click(screen.getByRole("button", { name: "Show all" }));
  expect(onChange).toHaveBeenLastCalledWith({});
});

it("marks all as read", async () => {
  let sent: unknown;
  answer("get", IN, () => page([alertOf()]));
  answer("post", `${IN}/read`, ({ body }) => {
    sent = body;
    return { unread: 0, worst: null };
  });
  const { user } = show(<AlertList workspaceId="w1" search={{}} onChange={vi.fn()} onOpen={vi.fn()} />);
  await user.click(await screen.findByRole("button", { name: "Mark all as read" }));
  await waitFor(() => {
    expect(sent).toEqual({});
  });
});

function detail(first: Partial<Alert> = {}, mayAct = true) {
  let now = alertOf({ is_read: true, ...first });
  answer("get", ONE, () => now);
  const become = (over: Partial<Alert>) => {
    now = { ...now, ...over };
    return now;
  };
  const view = show(
    <AlertDetail
      workspaceId="w1"
      id="a1"
      mayAct={mayAct}
      nameOf={() => "Ada"}
      linkTo={(path) => <a href={`/w/acme${path}`}>Look at it</a>}
      onClose={vi.fn()}
    />,
  );
  return { ...view, become };
}

it("says what drove it and where to look, and has been read then", async () => {
  let sent: unknown;
  answer("post", `${IN}/read`, ({ body }) => {
    sent = body;
    return { unread: 0, worst: null };
  });
  const { become } = detail({ is_read: false });
  const dialog = await screen.findByRole("dialog", { name: "$12.00 in an hour, where $2.00 is usual" });
  expect(within(dialog).getByRole("region", { name: "What drove it" })).toHaveTextContent(
    "Spent$12.00Driven bygpt-4o, $9.10",
  );
  expect(within(dialog).getByRole("link", { name: "Look at it" })).toHaveAttribute(
    "href",
    "/w/acme/calls?month=2026-11&model=gpt-4o",
  );
  become({ is_read: true });
  await waitFor(() => {
    expect(sent).toEqual({ ids: ["a1"] });
  });
});

it("is acknowledged, resolved and opened again", async () => {
  const { user, become } = detail();
  answer("post", `${ONE}/acknowledge`, () =>
    become({ state: "acknowledged", acknowledged_at: "2026-11-20T11:00:00Z", acknowledged_by: "u1" }),
  );
  answer("post", `${ONE}/resolve`, () =>
    become({ state: "resolved", resolved_at: "2026-11-20T12:00:00Z", resolved_by: "u1" }),
  );
  answer("post", `${ONE}/reopen`, () => become({ state: "open" }));
  await user.click(await screen.findByRole("button", { name: "Acknowledge" }));
  expect(await screen.findByText("Acknowledged by Ada")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Resolve" }));
  await user.click(await screen.findByRole("button", { name: "Reopen" }));
  expect(await screen.findByRole("button", { name: "Acknowledge" })).toBeVisible();
});

it("is put off for a while, and that can be ended", async () => {
  const sent: unknown[] = [];
  const { user, become } = detail();
  answer("post", `${ONE}/snooze`, ({ body }) => {
    sent.push(body);
    return become({ snoozed_until: (body as { until: string | null }).until });
  });
  await user.click(await screen.findByRole("button", { name: "Snooze" }));
  await user.click(await screen.findByRole("menuitem", { name: "4 hours" }));
  await user.click(await screen.findByRole("button", { name: "End the snooze" }));
  await screen.findByRole("button", { name: "Snooze" });
  expect(sent).toEqual([{ until: expect.stringMatching(/Z$/) as string }, { until: null }]);
});

it("says why a step was refused", async () => {
  answer("post", `${ONE}/reopen`, () => problem(409, "A newer alert tells of the same."));
  const { user } = detail({ state: "resolved", resolved_at: "2026-11-20T12:00:00Z" });
  expect(await screen.findByText(/, by itself/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Reopen" }));
  expect(await screen.findByText("A newer alert tells of the same.")).toBeVisible();
});

it("lets a viewer read only", async () => {
  detail({}, false);
  expect(await screen.findByText(/Viewers read alerts/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Acknowledge" })).not.toBeInTheDocument();
});

const SHARE = alertSetting({
  kind: "error_rate",
  figures: [
    {
      name: "min_rise",
      unit: "share",
      value: "0.05",
      default: "0.05",
      least: "0.001",
      most: "1",
      meaning: "so much more of the calls fail than is usual",
    },
  ],
});

it("adjusts a kind: its figure, how loud, and where to", async () => {
  let sent: unknown;
  answer("get", SETTINGS, () => ({ items: [SHARE], quiet_hours: null }));
  answer("patch", `${SETTINGS}/error_rate`, ({ body }) => {
    sent = body;
    return SHARE;
  });
  const channels = [
    { id: "ch1", name: "Our bot" },
    { id: "ch2", name: "Pager" },
  ];
  const { user } = show(<KindSettings workspaceId="w1" mayEdit channels={channels} />);
  expect(await screen.findByText(/5 %: so much more of the calls fail/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Adjust Errors" }));
  const figure = screen.getByLabelText("Told when so much more of the calls fail than is usual");
  expect(figure).toHaveValue("5");
  await user.clear(figure);
  await user.type(figure, "2.5");
  await user.selectOptions(screen.getByLabelText("How loud"), "critical");
  await user.click(screen.getByLabelText(/Only to these/));
  await user.click(screen.getByLabelText("Pager"));
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
  expect(sent).toEqual({
    severity: "critical",
    resolves_itself: true,
    channel_ids: ["ch1"],
    figures: { min_rise: "0.025" },
  });
});

it("says at the figure what the server finds wrong", async () => {
  answer("get", SETTINGS, () => ({ items: [SHARE], quiet_hours: null }));
  answer("patch", `${SETTINGS}/error_rate`, () =>
    problem(422, "Look at: min_rise.", [{ field: "figures.min_rise", detail: "must be from 0.001 to 1" }]),
  );
  const { user } = show(<KindSettings workspaceId="w1" mayEdit channels={[]} />);
  await user.click(await screen.findByRole("button", { name: "Adjust Errors" }));
  await user.click(screen.getByRole("button", { name: "Keep" }));
  expect(await screen.findByText("must be from 0.001 to 1")).toBeVisible();
});

it("goes from a share to per cent and back without losing a digit", () => {
  expect([shownFigure("share", "0.0015"), shownFigure("share", "1"), shownFigure("usd", "0.10")]).toEqual([
    "0.15",
    "100",
    "0.1",
  ]);
  expect([sentFigure("share", "0.15"), sentFigure("usd", "1,000.5"), sentFigure("count", "many")]).toEqual([
    "0.0015",
    "1000.5",
    "many",
  ]);
});

it("keeps quiet hours by a time zone, and ends them", async () => {
  let hours: unknown = null;
  answer("get", SETTINGS, () => ({ items: [], quiet_hours: hours as null }));
  answer("put", `${SETTINGS}/quiet-hours`, ({ body }) => {
    hours = body;
    return body as object;
  });
  answer("delete", `${SETTINGS}/quiet-hours`, () => {
    hours = null;
    return noContent();
  });
  const { user } = show(<QuietHoursCard workspaceId="w1" mayEdit />);
  await user.selectOptions(await screen.findByLabelText("Time zone"), "Europe/Berlin");
  await user.click(screen.getByRole("button", { name: "Keep these hours" }));
  expect(await screen.findByText(/Kept: 22:00 to 07:00, Europe\/Berlin/)).toBeVisible();
  expect(hours).toEqual({
    starts: "22:00",
    ends: "07:00",
    time_zone: "Europe/Berlin",
    holds_critical: false,
  });
  await user.click(screen.getByRole("button", { name: "Never quiet" }));
  expect(await screen.findByText(/None yet/)).toBeVisible();
});
