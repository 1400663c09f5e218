import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { apiKey, member, page, workspace } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { freshKeyQuery } from "./api";
import { ApiKeyList } from "./api-key-list";
import { MemberList } from "./member-list";
import { RetentionCard } from "./retention-card";
import { grantable } from "./rules";
import { WorkspaceForm } from "./workspace-form";
import { WorkspaceSettings } from "./workspace-settings";

const IN = "/workspaces/w1";
const SECRET = "tb_the-secret-itself";

it("shows a new key once: closed, it is gone from the page", async () => {
  const keys = [apiKey()];
  answer("get", `${IN}/api-keys`, () => page(keys));
  answer("post", `${IN}/api-keys`, ({ body }) => {
    expect(body).toEqual({ name: "staging", scopes: ["ingest", "read"] });
    keys.push(apiKey({ id: "k2", name: "staging" }));
    return created({ ...keys[1]!, key: SECRET });
  });
  const { user } = show(<ApiKeyList workspace={workspace()} />);
  await user.click(await screen.findByRole("button", { name: "New key" }));
  await user.type(screen.getByLabelText("Name"), "staging");
  await user.click(screen.getByRole("checkbox", { name: /read/ }));
  await user.click(screen.getByRole("button", { name: "Create key" }));

  expect(await screen.findByText(SECRET)).toBeVisible();
  expect(screen.getByRole("dialog")).toHaveTextContent("shown this once");
  await user.click(screen.getByRole("button", { name: "Copy the API key" }));
  expect(await navigator.clipboard.readText()).toBe(SECRET);

  await user.click(screen.getByRole("button", { name: "I have stored it" }));
  expect(await screen.findByText("staging")).toBeVisible();
  expect(document.body).not.toHaveTextContent(SECRET);
});

it("makes no key without a scope", async () => {
  answer("get", `${IN}/api-keys`, () => page([]));
  const { user } = show(<ApiKeyList workspace={workspace()} />);
  expect(await screen.findByText("No keys yet")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "New key" }));
  await user.click(screen.getByRole("checkbox", { name: /ingest/ }));
  expect(screen.getByRole("button", { name: "Create key" })).toBeDisabled();
});

it("asks before it revokes a key, and then marks it", async () => {
  let keys = [apiKey()];
  answer("get", `${IN}/api-keys`, () => page(keys));
  answer("delete", `${IN}/api-keys/k1`, () => {
    keys = [apiKey({ revoked_at: "2026-11-20T11:00:00Z" })];
    return noContent();
  });
  const { user } = show(<ApiKeyList workspace={workspace()} />);
  await user.click(await screen.findByRole("button", { name: "Revoke production" }));
  const dialog = await screen.findByRole("dialog", { name: "Revoke “production”?" });
  await user.click(within(dialog).getByRole("button", { name: "Keep it" }));
  expect(screen.queryByText("revoked")).not.toBeInTheDocument();

  await user.click(screen.getByRole("button", { name: "Revoke production" }));
  await user.click(await screen.findByRole("button", { name: "Revoke key" }));
  expect(await screen.findByText("revoked")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Revoke production" })).not.toBeInTheDocument();
});

it("lets a viewer look at keys and no more", async () => {
  answer("get", `${IN}/api-keys`, () => page([apiKey()]));
  show(<ApiKeyList workspace={workspace({ role: "viewer" })} />);
  expect(await screen.findByText("never used", { exact: false })).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("makes the first key with the workspace, for the next page to show", async () => {
  const onCreated = vi.fn();
  answer("post", "/workspaces", ({ body }) => {
    expect(body).toEqual({ name: "Acme" });
    return created(workspace());
  });
  answer("post", `${IN}/api-keys`, ({ body }) => {
    expect(body).toEqual({ name: "first key", scopes: ["ingest", "read"] });
    return created({ ...apiKey(), key: SECRET });
  });
  const { user, queryClient } = show(<WorkspaceForm onCreated={onCreated} />);
  await user.type(screen.getByLabelText("Workspace name"), " Acme {Enter}");
  await waitFor(() => {
    expect(onCreated).toHaveBeenCalled();
  });
  expect(queryClient.getQueryData(freshKeyQuery("w1").queryKey)?.key).toBe(SECRET);
});

it("keeps the workspace when its first key could not be made", async () => {
  const onCreated = vi.fn();
  answer("post", "/workspaces", () => created(workspace()));
  answer("post", `${IN}/api-keys`, () => problem(503, "Not now."));
  const { user } = show(<WorkspaceForm onCreated={onCreated} />);
  await user.type(screen.getByLabelText("Workspace name"), "Acme{Enter}");
  await waitFor(() => {
    expect(onCreated).toHaveBeenCalled();
  });
});

it("says when a short name is taken", async () => {
  answer("patch", IN, () => problem(409, "This short name is taken.", [{ field: "slug", detail: "Taken." }]));
  const { user } = show(<WorkspaceSettings workspace={workspace()} onSaved={vi.fn()} />);
  await user.clear(screen.getByLabelText("Short name in addresses"));
  await user.type(screen.getByLabelText("Short name in addresses"), "globex{Enter}");
  expect(await screen.findByText("Taken.")).toBeVisible();
});

it("lets a member read the workspace's name and not change it", () => {
  show(<WorkspaceSettings workspace={workspace({ role: "member" })} onSaved={vi.fn()} />);
  expect(screen.getByLabelText("Name")).toBeDisabled();
  expect(screen.queryByRole("button", { name: "Save" })).not.toBeInTheDocument();
});

it("changes a member's role, and removes one", async () => {
  let members = [member({ user_id: "u1", name: "Ada", role: "owner" }), member()];
  answer("get", `${IN}/members`, () => page(members));
  answer("patch", `${IN}/members/u2`, ({ body }) => {
    members = [members[0]!, member(body as { role: "viewer" })];
    return members[1]!;
  });
  answer("delete", `${IN}/members/u2`, () => {
    members = members.slice(0, 1);
    return noContent();
  });
  const { user } = show(<MemberList workspace={workspace()} userId="u1" onLeft={vi.fn()} />);
  await user.selectOptions(await screen.findByLabelText("Role of Grace"), "viewer");
  await waitFor(() => {
    expect(members[1]?.role).toBe("viewer");
  });
  expect(screen.queryByLabelText("Role of Ada")).not.toBeInTheDocument();

  await user.click(screen.getByRole("button", { name: "Remove Grace" }));
  await user.click(await screen.findByRole("button", { name: "Remove member" }));
  await waitFor(() => {
    expect(screen.queryByText("Grace")).not.toBeInTheDocument();
  });
});

it("hands out no role above one's own", () => {
  expect(grantable("owner")).toEqual(["owner", "admin", "member", "viewer"]);
  expect(grantable("admin")).toEqual(["admin", "member", "viewer"]);
  expect(grantable("member")).toEqual([]);
});

it("names how many calls would go before it keeps fewer days, and what stays", async () => {
  const saved: unknown[] = [];
  answer("get", `${IN}/retention`, () => ({ days: null, default_days: null, complete_since: null }));
  answer("get", `${IN}/retention/preview`, ({ url }) => ({
    days: Number(url.searchParams.get("days")),
    before: "2026-08-23T00:00:00Z",
    calls: 12345,
  }));
  answer("put", `${IN}/retention`, ({ body }) => {
    saved.push(body);
    return { days: 90, default_days: null, complete_since: null };
  });
  const { user } = show(<RetentionCard workspace={workspace()} />);
  await user.selectOptions(await screen.findByLabelText("Keep calls"), "own");
  await user.clear(screen.getByLabelText("Days"));
  await user.type(screen.getByLabelText("Days"), "90");
  await user.click(screen.getByRole("button", { name: "Save" }));
  const dialog = await screen.findByRole("dialog", { name: "Drop 12,345 calls?" });
  expect(dialog).toHaveTextContent("Costs and charts stay");
  expect(saved).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Drop them and keep it so" }));
  expect(await screen.findByLabelText("Days")).toHaveValue(90);
  expect(saved).toEqual([{ days: 90 }]);
});

it("lets a viewer see how long calls are kept and change nothing", async () => {
  answer("get", `${IN}/retention`, () => ({
    days: null,
    default_days: 400,
    complete_since: "2025-10-01T00:00:00Z",
  }));
  show(<RetentionCard workspace={workspace({ role: "viewer" })} />);
  expect(await screen.findByLabelText("Keep calls")).toBeDisabled();
  expect(screen.getByText(/400 days/)).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});
