import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import type { IngestStats } from "@/api/types";
import { ingestPoint, ingestStats, sendingKey } from "@/testing/factories";
import { show, visit } from "@/testing/render";
import { answer, problem } from "@/testing/server";
import { me } from "@/testing/factories";

import { DataHealth } from "./data-health";
import { dropsText, duration, guideFor, healthSearch, periodOfSpan } from "./health";

const QUESTION = "/workspaces/w1/ingest-stats";
const mixed: Partial<IngestStats> = {
  totals: { received: 100, stored: 90, duplicates: 7, rejected: 3, refused_requests: 1 },
  duplicate_share: "0.07",
  rejected_by_code: [
    {
      code: "unknown_field",
      events: 3,
      last_at: "2026-11-20T10:00:00Z",
      examples: [
        {
          event_id: "order-4712",
          detail: "tokns: is not a field of an event; did you mean tokens?",
          at: "2026-11-20T10:00:00Z",
          api_key_id: "k1",
        },
      ],
    },
  ],
  refused_by_code: [{ code: "not_json", requests: 1, last_at: "2026-11-20T10:00:00Z" }],
  points: [
    ingestPoint({ received: 100, stored: 90, duplicates: 7, rejected: 3, refused_requests: 1 }),
    ingestPoint({ start: "2026-11-21T00:00:00Z" }),
  ],
};

function open(stats: IngestStats) {
  answer("get", QUESTION, () => stats);
  return show(<DataHealth workspaceId="w1" span="week" start={<a href="/start">Send a call</a>} />);
}

it("says how many events came and what became of them", async () => {
  open(ingestStats(mixed));
  expect(await screen.findByText("7 repeats, not counted twice · 7%")).toBeVisible();
  expect(screen.getByText("3% of all")).toBeVisible();
  expect(screen.getByText("and 1 whole request")).toBeVisible();
  expect(screen.getByText("p95 2.00 s · p99 5.90 s")).toBeVisible();
});

it("names each reason with an example, its key and what mends it", async () => {
  open(ingestStats(mixed));
  const card = await screen.findByRole("region", { name: "Rejected" });
  expect(within(card).getByRole("heading", { name: "A field that no call has" })).toBeVisible();
  expect(within(card).getByText(/Put fields of your own into tags/)).toBeVisible();
  expect(within(card).getByText("tokns: is not a field of an event; did you mean tokens?")).toBeVisible();
  expect(within(card).getByText("order-4712")).toBeVisible();
  expect(within(card).getByText(/backend/)).toBeVisible();
  expect(within(card).getByText(/1 whole request/)).toBeVisible();
});

it("shows the exact counts of each day as a table", async () => {
  const { user } = open(ingestStats(mixed));
  await user.click(await screen.findByRole("radio", { name: "Table" }));
  const day = screen.getByRole("row", { name: /Fri, 20 Nov 2026/ });
  expect(day).toHaveTextContent("Fri, 20 Nov 20261 request refused whole1009073");
  expect(screen.getByRole("row", { name: /Sat, 21 Nov 2026/ })).toHaveTextContent("0000");
});

it("tells which key fell silent, never sent, or may not send", async () => {
  open(
    ingestStats({
      api_keys: [
        sendingKey({ id: "a", name: "backend", received: 10, rejected: 2 }),
        sendingKey({ id: "b", name: "new one", last_event_at: null }),
        sendingKey({ id: "c", name: "old one", may_send: false }),
        sendingKey({ id: null, name: null, may_send: false }),
      ],
    }),
  );
  const card = await screen.findByRole("region", { name: "API keys" });
  expect(within(card).getByRole("row", { name: /backend/ })).toHaveTextContent("2 rejected");
  expect(within(card).getByRole("row", { name: /new one/ })).toHaveTextContent("never");
  expect(within(card).getByRole("row", { name: /old one/ })).toHaveTextContent("cannot send");
  const files = within(card).getByRole("row", { name: /without a key/ });
  expect(files).not.toHaveTextContent("cannot send");
});

it("shows what senders say they dropped", async () => {
  const sender = {
    api_key_id: "k1",
    first_seen_at: "2026-11-20T10:00:00Z",
    last_seen_at: "2026-11-20T10:00:00Z",
  };
  open(
    ingestStats({
      senders: {
        count: 60,
        dropped: 13,
        items: [
          {
            ...sender,
            id: "web-1",
            name: "tokenboard-python/0.1.0",
            dropped: { too_large: 1, queue_full: 12 },
          },
          { ...sender, id: "web-2", name: "", dropped: {} },
        ],
      },
    }),
  );
  const card = await screen.findByRole("region", { name: "Senders" });
  expect(within(card).getByText("13 events dropped.")).toBeVisible();
  expect(within(card).getByRole("row", { name: /web-1/ })).toHaveTextContent("12 queue full, 1 too large");
  expect(within(card).getByRole("row", { name: /web-2/ })).toHaveTextContent("nothing");
});

it("says so when all is well", async () => {
  open(ingestStats());
  expect(await screen.findByText(/Nothing was rejected in this time/)).toBeVisible();
  expect(screen.getByText("none was sent again")).toBeVisible();
  expect(screen.getByText(/No sender reported of itself/)).toBeVisible();
});

it("leads a workspace to which nothing was sent to its first call", async () => {
  const totals = { received: 0, stored: 0, duplicates: 0, rejected: 0, refused_requests: 0 };
  open(ingestStats({ totals, last_event_at: null, points: [], api_keys: [] }));
  expect(await screen.findByText("Nothing has arrived yet")).toBeVisible();
  expect(screen.getByRole("link", { name: "Send a call" })).toBeVisible();
});

it("stays on the page when this time is empty and another was not", async () => {
  const totals = { received: 0, stored: 0, duplicates: 0, rejected: 0, refused_requests: 0 };
  open(
    ingestStats({ totals, duplicate_share: null, lag_ms: { p50: null, p90: null, p95: null, p99: null } }),
  );
  expect(await screen.findByText("Nothing arrived in this time")).toBeVisible();
  expect(screen.getByRole("row", { name: /backend/ })).toBeVisible();
});

it("says what went wrong, and tries again when told to", async () => {
  answer("get", QUESTION, () => problem(403, "Ask an admin."));
  const { user } = show(<DataHealth workspaceId="w1" span="week" start={null} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("Ask an admin.");
  answer("get", QUESTION, () => ingestStats());
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("region", { name: "Events by day" })).toBeVisible();
});

it("is a page of its own, whose period stands in the address", async () => {
  answer("get", "/me", () => me());
  answer("get", "/workspaces/:id/alerts/unread", () => ({ unread: 0, worst: null }));
  answer("get", QUESTION, ({ url }) =>
    ingestStats({ granularity: url.searchParams.get("granularity") as "hour" | "day" }),
  );
  const { user, history } = visit("/w/acme/health");
  expect(await screen.findByRole("region", { name: "Events by day" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Data health" })).toHaveAttribute("aria-current", "page");
  await user.click(screen.getByRole("radio", { name: "24 hours" }));
  expect(await screen.findByRole("region", { name: "Events by hour" })).toBeVisible();
  expect(history.location.search).toBe("?span=day");
});

it("asks for whole UTC buckets that end with the one under way", () => {
  const now = Date.parse("2026-11-21T17:14:33Z");
  expect(periodOfSpan("day", now)).toEqual({ from: "2026-11-20T18:00:00.000Z", granularity: "hour" });
  expect(periodOfSpan("week", now)).toEqual({ from: "2026-11-15T00:00:00.000Z", granularity: "day" });
  expect(periodOfSpan("month", now)).toEqual({ from: "2026-10-23T00:00:00.000Z", granularity: "day" });
});

it("takes from the address only the periods that there are", () => {
  expect(healthSearch({ span: "month" })).toEqual({ span: "month" });
  expect(healthSearch({ span: "year" })).toEqual({});
});

it.each([
  [null, "—"],
  [0, "0 ms"],
  [59_000, "59.00 s"],
  [3_599_000, "59 min 59 s"],
  [3_600_000, "1 h 0 min"],
  [172_799_000, "47 h 59 min"],
  [172_800_000, "2 days"],
])("writes a lag of %s ms as %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it("has words for codes it does not know yet, and for any reason of a sender", () => {
  expect(guideFor("brand_new")).toEqual({
    what: "brand_new",
    mend: "What to mend stands beside each example.",
  });
  expect(dropsText({ serialisation_failed: 2 })).toBe("2 serialisation failed");
});
