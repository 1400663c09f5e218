import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { auditEntry, member, page, workspace } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { AuditLog } from "./audit-log";
import { actionOptions, actionWords, asQuery, details } from "./rules";
import { auditSearch, type AuditSearch } from "./search";

const LOG = "/workspaces/w1/audit-log";
const MEMBERS = [member({ user_id: "u1", name: "Ada", email: "ada@example.com" }), member()];

function showLog(search: AuditSearch = {}) {
  const onSearch = vi.fn();
  return {
    onSearch,
    ...show(<AuditLog workspace={workspace()} members={MEMBERS} search={search} onSearch={onSearch} />),
  };
}

it("says who did what to whom, and when, page by page", async () => {
  answer("get", LOG, ({ url }) => {
    if (url.searchParams.get("cursor") === "more") {
      return page([auditEntry({ id: "a2", actor_id: null, actor_email: null, action: "member.left" })]);
    }
    return page([auditEntry()], "more");
  });
  const { user } = showLog();
  const entries = await screen.findByRole("list", { name: "Entries" });
  expect(entries).toHaveTextContent("20 Nov 2026, 10:00:00 UTC");
  expect(entries).toHaveTextContent("ada@example.com removed the member grace@example.com");
  expect(entries).toHaveTextContent("role: member");
  await user.click(screen.getByRole("button", { name: "Load more" }));
  expect(await screen.findByText("2 entries, all of them.")).toBeVisible();
  expect(entries).toHaveTextContent("Somebody without an account left the workspace: grace@example.com");
});

it("asks the server what the filter says, and exports the same", async () => {
  answer("get", LOG, ({ url }) => {
    expect(Object.fromEntries(url.searchParams)).toEqual({
      actor_id: "u1",
      action: "member.*",
      from: "2026-11-01T00:00:00Z",
      to: "2026-11-21T00:00:00Z",
    });
    return page([auditEntry()]);
  });
  showLog({ actor: "u1", action: "member.*", first: "2026-11-01", last: "2026-11-20" });
  await screen.findByText("1 entry, all of them.");
  const query = "actor_id=u1&action=member.*&from=2026-11-01T00%3A00%3A00Z&to=2026-11-21T00%3A00%3A00Z";
  const csv = screen.getByRole("link", { name: "Export as CSV" });
  expect(csv).toHaveAttribute("href", `/api/v1${LOG}.csv?${query}`);
  const lines = screen.getByRole("link", { name: "Export as JSON lines" });
  expect(lines).toHaveAttribute("href", `/api/v1${LOG}.jsonl?${query}`);
});

it("filters by what is chosen, typed and pressed", async () => {
  answer("get", LOG, () => page([auditEntry()]));
  const { user, onSearch } = showLog({ action: "member.*" });
  await user.selectOptions(screen.getByLabelText("Who"), "Ada (ada@example.com)");
  expect(onSearch).toHaveBeenLastCalledWith({ action: "member.*", actor: "u1" });
  await user.selectOptions(screen.getByLabelText("What"), "· removed");
  expect(onSearch).toHaveBeenLastCalledWith({ action: "member.removed" });
  await user.type(screen.getByLabelText("To whom or what"), "grace{Enter}");
  expect(onSearch).toHaveBeenLastCalledWith({ action: "member.*", target: "grace" });
  const entries = await screen.findByRole("list", { name: "Entries" });
  await user.click(within(entries).getByRole("button", { name: "ada@example.com" }));
  expect(onSearch).toHaveBeenLastCalledWith({ action: "member.*", actor: "u1" });
  await user.click(screen.getByRole("button", { name: "Clear" }));
  expect(onSearch).toHaveBeenLastCalledWith({});
});

it("offers a way out of a filter that nothing matches", async () => {
  answer("get", LOG, () => page([]));
  const { user, onSearch } = showLog({ target: "nobody" });
  await user.click(await screen.findByRole("button", { name: "Take the filter away" }));
  expect(onSearch).toHaveBeenCalledWith({});
});

it("offers to try again when the log does not come", async () => {
  answer("get", LOG, () => problem(400, "Not today."));
  showLog();
  expect(await screen.findByRole("button", { name: "Try again" })).toBeVisible();
});

it("takes from the address what can be a filter, and reads what it does not know", () => {
  expect(auditSearch({ actor: "u1", first: "2026-02-30", last: "2026-11-20", what: "else" })).toEqual({
    actor: "u1",
    last: "2026-11-20",
  });
  expect(asQuery({ target: "grace" })).toEqual({ target: "grace" });
  expect(actionWords({ action: "moon.landed_on", target: "a crater" })).toBe("moon landed on");
  expect(actionWords({ action: "invitation.created", target: "a link" })).toBe("made an invitation with");
  expect(actionOptions("moon.landed").at(-1)).toEqual({ value: "moon.landed", label: "moon landed" });
  const detail = {
    role: ["member", "admin"],
    name: [null, "Grace"],
    scopes: ["ingest", "read"],
    deletes_at: "2026-12-05T10:00:00.123+00:00",
    invitation_id: "x",
    days: 90,
    filter: { model: ["gpt-4o"], provider: null },
    address: null,
  };
  expect(details(auditEntry({ detail })).map(({ name, value }) => `${name}: ${value}`)).toEqual([
    "role: member → admin",
    "name: none → Grace",
    "scopes: ingest, read",
    "deletes at: 5 Dec 2026, 10:00:00 UTC",
    "days: 90",
    "filter: model gpt-4o, provider none",
  ]);
});

it("tells of a thing that was changed as a whole by the parts that changed", () => {
  const told = (before: unknown, after: unknown) =>
    details(auditEntry({ detail: { budget_id: "b1", before, after } })).map(
      ({ name, value }) => `${name}: ${value}`,
    );
  const budget = { name: "All", amount: "100", period: "month" };
  expect(told(budget, { ...budget, amount: "250.50" })).toEqual(["amount: 100 → 250.50"]);
  expect(told(null, budget)).toEqual(["name: All", "amount: 100", "period: month"]);
  expect(told(budget, null)).toHaveLength(3);
});
