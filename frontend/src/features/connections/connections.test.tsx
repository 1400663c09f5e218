import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { connection, deletion, page, providerGuide, syncRun } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { ConnectDialog } from "./connect-dialog";
import { ConnectionList } from "./connection-list";
import { holdingsText, keyWarning, newConnection, rowsText, statusOf, stepText } from "./rules";

const IN = "/workspaces/w1";
const ONE = `${IN}/connections/c1`;
const XAI = providerGuide({
  provider: "xai",
  label: "xAI team",
  key_label: "Management key",
  key_starts_with: null,
  fields: [{ name: "team_id", label: "Team ID", hint: "Console > Settings", is_required: true }],
});

function answerProviders() {
  answer("get", `${IN}/providers`, () => ({ items: [providerGuide(), XAI] }));
}

function list(first: Parameters<typeof connection>[0] = {}, mayEdit = true) {
  let now = connection(first);
  answerProviders();
  answer("get", `${IN}/connections`, () => page([now]));
  return {
    become: (over: Parameters<typeof connection>[0]) => {
      now = connection(over);
    },
    ...show(<ConnectionList workspaceId="w1" mayEdit={mayEdit} />),
  };
}

it("says what a connection gives while there is none", async () => {
  answer("get", `${IN}/connections`, () => page([]));
  show(<ConnectionList workspaceId="w1" mayEdit={false} />);
  expect(await screen.findByText("No provider is connected yet")).toBeVisible();
  expect(screen.getByText(/reads your real bill/)).toBeVisible();
  expect(screen.getByText("Owners and admins connect providers.")).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("shows whose key it is, how fresh it is and what the last sync found", async () => {
  list();
  const card = await screen.findByRole("region", { name: "OpenAI organization" });
  expect(card).toHaveTextContent("admin key of an organization …9xQ2");
  expect(card).toHaveTextContent("billed until 19 Nov 2026");
  expect(card).toHaveTextContent("An admin key of the organization Acme. costs: 20 Nov 2025 to 19 Nov 2026.");
  expect(card).toHaveTextContent("1,204 new, 3 changed, 40 unchanged · took 12.00 s");
  expect(within(card).getByText("active")).toBeVisible();
});

it("says why it fails and when it is tried again", async () => {
  const soon = new Date(Date.now() + 9_000_000).toISOString();
  list({ status: "failing", error_detail: "The key lacks api.usage.read.", next_try_at: soon });
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The key lacks api.usage.read. The next try is in 2 hours.");
});

it("lets a member read, and offers nothing that changes it", async () => {
  list({}, false);
  expect(await screen.findByRole("button", { name: "History of OpenAI organization" })).toBeVisible();
  expect(screen.getAllByRole("button")).toHaveLength(1);
});

it("connects a provider, says what the key can read, and follows the first sync to its end", async () => {
  answerProviders();
  let sent: unknown;
  const first = syncRun({ status: "running", feed: "costs", windows_done: 3, windows_total: 12 });
  answer("post", `${IN}/connections`, ({ body }) => {
    sent = body;
    return created(connection({ run: first }));
  });
  let asked = 0;
  answer("get", `${IN}/sync-runs/run1`, () => ((asked += 1) > 1 ? syncRun() : first));
  const { user } = show(<ConnectDialog workspaceId="w1" />);
  await user.click(screen.getByRole("button", { name: "Connect a provider" }));
  const dialog = await screen.findByRole("dialog");
  const key = await within(dialog).findByLabelText("Admin key");
  expect(key).toHaveAttribute("type", "password");
  expect(within(dialog).getByRole("link", { name: "Make one at platform.openai.com" })).toHaveAttribute(
    "href",
    providerGuide().make_key_at,
  );

  await user.type(key, "sk-proj-1");
  expect(within(dialog).getByText("Keys of this kind begin with sk-admin-")).toBeVisible();
  await user.clear(key);
  await user.type(key, "sk-admin-1");
  await user.click(within(dialog).getByRole("button", { name: "Try the key and connect" }));

  expect(await within(dialog).findByText("An admin key of the organization Acme.")).toBeVisible();
  expect(within(dialog).getByText("Reading costs: 3 of 12")).toBeVisible();
  expect(sent).toEqual({ provider: "openai", mode: "organization", api_key: "sk-admin-1" });
  expect(within(dialog).queryByDisplayValue("sk-admin-1")).not.toBeInTheDocument();
  expect(await within(dialog).findByText(/^Synced: 1,204 new/)).toBeVisible();
});

it("says the mend at the key when the provider refuses it, and forgets it with another provider", async () => {
  answerProviders();
  const mend = "This is a project key. An admin key is needed: make one under Admin keys.";
  answer("post", `${IN}/connections`, () => problem(422, mend, [{ field: "api_key", detail: mend }]));
  const { user } = show(<ConnectDialog workspaceId="w1" />);
  await user.click(screen.getByRole("button", { name: "Connect a provider" }));
  const key = await screen.findByLabelText("Admin key");
  await user.type(key, "sk-admin-1{Enter}");
  await waitFor(() => {
    expect(key).toHaveAccessibleDescription(expect.stringContaining("This is a project key."));
  });
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();

  await user.selectOptions(screen.getByLabelText("Provider"), "xAI team");
  expect(screen.queryByText(mend)).not.toBeInTheDocument();
  expect(screen.getByLabelText("Team ID")).toBeRequired();
  expect(screen.getByLabelText("Management key")).toHaveValue("");
});

it("says so when nothing could be asked of the provider", async () => {
  answerProviders();
  answer("post", `${IN}/connections`, () => problem(502, "OpenAI does not answer. Nothing was stored."));
  const { user } = show(<ConnectDialog workspaceId="w1" />);
  await user.click(screen.getByRole("button", { name: "Connect a provider" }));
  await user.type(await screen.findByLabelText("Admin key"), "sk-admin-1{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Nothing was stored.");
});

it("follows a run by its events, without asking meanwhile", async () => {
  const sources: FakeEvents[] = [];
  class FakeEvents extends EventTarget {
    close = vi.fn();
    constructor(readonly url: string) {
      super();
      sources.push(this);
    }
    say(name: string, data: unknown) {
      act(() => {
        this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
      });
    }
  }
  vi.stubGlobal("EventSource", FakeEvents);
  const running = syncRun({ status: "running", feed: "costs", windows_done: 1, windows_total: 12 });
  answer("get", `${IN}/sync-runs/run1`, () => running);
  const { become } = list({ run: running });
  expect(await screen.findByText("syncing")).toBeVisible();
  const [events] = sources;
  expect(events?.url).toBe("/api/v1/workspaces/w1/sync-runs/run1/events");
  events!.say("progress", { ...running, windows_done: 7 });
  expect(await screen.findByText("Reading costs: 7 of 12")).toBeVisible();

  become({ run: syncRun({ rows_new: 9 }) });
  events!.say("end", syncRun({ rows_new: 9 }));
  expect(await screen.findByText(/^Synced: 9 new/)).toBeVisible();
  expect(await screen.findByText("active")).toBeVisible();
  expect(events!.close).toHaveBeenCalled();
  vi.unstubAllGlobals();
});

it("syncs now, pauses and lets it go on", async () => {
  const changes: unknown[] = [];
  answer("post", `${ONE}/sync`, () => {
    changes.push("sync");
    return syncRun({ status: "queued" });
  });
  const { user, become } = list();
  answer("patch", ONE, ({ body }) => {
    changes.push(body);
    const { paused } = body as { paused: boolean };
    become({ status: paused ? "paused" : "active" });
    return connection();
  });
  await user.click(await screen.findByRole("button", { name: "Sync OpenAI organization now" }));
  await user.click(screen.getByRole("button", { name: "Pause OpenAI organization" }));
  await user.click(await screen.findByRole("button", { name: "Resume OpenAI organization" }));
  expect(await screen.findByRole("button", { name: "Pause OpenAI organization" })).toBeVisible();
  expect(changes).toEqual(["sync", { paused: true }, { paused: false }]);
});

it("renames it, and changes its key", async () => {
  const sent: unknown[] = [];
  answer("patch", ONE, ({ body }) => {
    sent.push(body);
    return connection();
  });
  let isRefused = true;
  answer("post", `${ONE}/rotate-key`, ({ body }) => {
    sent.push(body);
    const refusal = [{ field: "api_key", detail: "belongs to another account" }];
    return isRefused ? problem(422, "Not this key.", refusal) : connection();
  });
  const { user } = list();
  await user.click(await screen.findByRole("button", { name: "Rename OpenAI organization" }));
  await user.clear(screen.getByLabelText("Name"));
  await user.type(screen.getByLabelText("Name"), "Research{Enter}");
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });

  await user.click(screen.getByRole("button", { name: "Change the key of OpenAI organization" }));
  await user.type(await screen.findByLabelText("Admin key"), "sk-admin-2{Enter}");
  expect(await screen.findByText("belongs to another account")).toBeVisible();
  isRefused = false;
  await user.click(screen.getByRole("button", { name: "Try and change it" }));
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
  expect(sent).toEqual([{ label: "Research" }, { api_key: "sk-admin-2" }, { api_key: "sk-admin-2" }]);
});

it("says what the key is and reads when it is checked, or how it is mended", async () => {
  const mend = "This key may not read costs. Give it the permission api.usage.read.";
  let isRefused = true;
  answer("post", `${ONE}/verify`, () =>
    isRefused
      ? problem(422, mend)
      : connection({ message: "Reads the organization Globex.", can: ["costs"] }),
  );
  const { user } = list();
  await user.click(await screen.findByRole("button", { name: "Check the key of OpenAI organization" }));
  const dialog = await screen.findByRole("dialog", { name: "The key of “OpenAI organization”" });
  expect(await within(dialog).findByRole("alert")).toHaveTextContent(mend);
  isRefused = false;
  await user.click(within(dialog).getByRole("button", { name: "Try again" }));
  expect(await within(dialog).findByText("Reads the organization Globex.")).toBeVisible();
  expect(dialog).toHaveTextContent("It is an admin key of an organization …9xQ2 and reads costs.");
});

it("says what a deletion would do before it is done, and keeps the data unless told otherwise", async () => {
  answer("get", `${ONE}/deletion`, () => deletion());
  const asked: (string | null)[] = [];
  answer("delete", ONE, ({ url }) => {
    asked.push(url.searchParams.get("data"));
    return noContent();
  });
  const { user } = list();
  await user.click(await screen.findByRole("button", { name: "Delete OpenAI organization" }));
  const dialog = await screen.findByRole("dialog");
  expect(
    await within(dialog).findByText(
      "This connection brought 1,204 billed lines ($987.02), 40 usage lines, 12 names, of 2 months.",
    ),
  ).toBeVisible();
  expect(within(dialog).getByLabelText("Keep the data")).toBeChecked();
  await user.click(within(dialog).getByLabelText("Delete the data, too"));
  expect(within(dialog).getByLabelText("Delete the data, too")).toHaveAccessibleDescription(
    "It cannot be taken back.",
  );
  await user.click(within(dialog).getByRole("button", { name: "Delete connection and data" }));
  await waitFor(() => {
    expect(asked).toEqual(["delete"]);
  });
});

it("lists the runs with what they found", async () => {
  answer("get", `${ONE}/sync-runs`, ({ url }) =>
    url.searchParams.has("cursor")
      ? page([syncRun({ id: "old", status: "failed", error_detail: "The key was refused." })])
      : page([syncRun({ trigger: "connect", rows_flagged: 2 })], "next"),
  );
  const { user } = list();
  await user.click(await screen.findByRole("button", { name: "History of OpenAI organization" }));
  const first = await screen.findByRole("row", { name: /first sync/ });
  expect(first).toHaveTextContent(/done1,20434\d?0?212\.00 s/);
  await user.click(screen.getByRole("button", { name: "Load more" }));
  expect(await screen.findByRole("row", { name: /The key was refused\./ })).toBeVisible();
});

it("keeps in words what is going on", () => {
  expect(statusOf(connection({ run: syncRun({ status: "queued" }) })).label).toBe("syncing");
  expect(statusOf(connection({ status: "paused" })).label).toBe("paused");
  expect(stepText(syncRun({ status: "running", feed: null }))).toBe("Getting ready");
  const window = { window_start: "2026-10-01T00:00:00Z", window_end: "2026-11-01T00:00:00Z" };
  expect(stepText(syncRun({ status: "running", feed: "costs", ...window }))).toBe(
    "Reading costs, 1 Oct 2026 to 31 Oct 2026",
  );
  expect(rowsText(syncRun({ rows_flagged: 2 }))).toBe("1,204 new, 3 changed, 40 unchanged, 2 flagged");
  const nothing = { billed_lines: 0, usage_lines: 0, names: 0, months: [], billed: {} };
  expect(holdingsText(deletion(nothing))).toBe("This connection has brought nothing yet.");
});

it("judges a key by its beginning only where that tells something", () => {
  expect(keyWarning(providerGuide(), "")).toBeNull();
  expect(keyWarning(providerGuide(), "sk-ad")).toBeNull();
  expect(keyWarning(providerGuide(), "sk-ant-1")).toMatch(/sk-admin-/);
  expect(keyWarning(XAI, "anything")).toBeNull();
});

it("sends what was filled in, and nothing else", () => {
  const typed: Record<string, string> = { api_key: "k", team_id: "t-1", label: "Ours", base_url: "" };
  expect(newConnection(XAI, (name) => typed[name] ?? "")).toEqual({
    provider: "xai",
    mode: "organization",
    api_key: "k",
    fields: { team_id: "t-1" },
    label: "Ours",
  });
});
