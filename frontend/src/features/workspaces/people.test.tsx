import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { invitation, member, page, workspace } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { DeleteCard } from "./delete-card";
import { DeletionBanner } from "./deletion-banner";
import { HandOverCard } from "./hand-over-card";
import { InvitationsCard } from "./invitations-card";
import { MemberList } from "./member-list";

const IN = "/workspaces/w1";
const LINK = "https://board.example.com/invitation#token=s3cret";
const ADA = member({ user_id: "u1", name: "Ada", role: "owner" });

it("invites by mail, and shows nobody the link", async () => {
  const pending = [invitation()].slice(1);
  answer("get", `${IN}/invitations`, () => page(pending));
  answer("post", `${IN}/invitations`, ({ body }) => {
    expect(body).toEqual({ role: "admin", email: "grace@example.com" });
    pending.push(invitation({ role: "admin" }));
    return created({ ...pending[0]!, link: null });
  });
  const { user } = show(<InvitationsCard workspace={workspace()} />);
  expect(await screen.findByText("No invitation is on its way.")).toBeVisible();
  await user.selectOptions(screen.getByLabelText("Role"), "admin");
  await user.type(screen.getByLabelText("Email"), "grace@example.com{Enter}");
  expect(await screen.findByText("On its way to grace@example.com.")).toBeVisible();
  const list = await screen.findByRole("list", { name: "Pending invitations" });
  expect(within(list).getByText("admin")).toBeVisible();
  expect(screen.queryByTestId("invitation-link")).not.toBeInTheDocument();
});

it("makes a link that is shown once", async () => {
  answer("get", `${IN}/invitations`, () => page([]));
  answer("post", `${IN}/invitations`, ({ body }) => {
    expect(body).toEqual({ role: "member" });
    return created({ ...invitation({ email: null }), link: LINK });
  });
  const { user } = show(<InvitationsCard workspace={workspace()} />);
  await user.click(await screen.findByRole("radio", { name: "With a link" }));
  await user.click(screen.getByRole("button", { name: "Make a link" }));
  expect(await screen.findByTestId("invitation-link")).toHaveTextContent(LINK);
  await user.click(screen.getByRole("button", { name: "Copy the link" }));
  expect(await navigator.clipboard.readText()).toBe(LINK);
  await user.click(screen.getByRole("radio", { name: "By mail" }));
  expect(document.body).not.toHaveTextContent(LINK);
});

it("asks before it revokes an invitation", async () => {
  let pending = [invitation()];
  answer("get", `${IN}/invitations`, () => page(pending));
  answer("delete", `${IN}/invitations/i1`, () => {
    pending = [];
    return noContent();
  });
  const { user } = show(<InvitationsCard workspace={workspace()} />);
  await user.click(await screen.findByRole("button", { name: "Revoke the invitation of grace@example.com" }));
  await user.click(await screen.findByRole("button", { name: "Revoke it" }));
  expect(await screen.findByText("No invitation is on its way.")).toBeVisible();
});

it("offers a link while the inviter's address is not confirmed, and says what mail waits for", async () => {
  answer("get", `${IN}/invitations`, () => page([]));
  const { user } = show(
    <InvitationsCard workspace={workspace()} mailPrompt={<p>Confirm your address.</p>} />,
  );
  expect(await screen.findByRole("button", { name: "Make a link" })).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "By mail" }));
  expect(screen.getByText("Confirm your address.")).toBeVisible();
  expect(screen.queryByLabelText("Email")).not.toBeInTheDocument();
});

it("offers no invitation of a role above one's own, and none into a workspace that goes", async () => {
  answer("get", `${IN}/invitations`, () => page([]));
  const { unmount } = show(<InvitationsCard workspace={workspace({ role: "admin" })} />);
  expect(within(screen.getByLabelText("Role")).queryByRole("option", { name: "owner" })).toBeNull();
  unmount();
  show(<InvitationsCard workspace={workspace({ deletes_at: "2026-12-05T10:00:00Z" })} />);
  expect(await screen.findByText(/Nobody is let in any more/)).toBeVisible();
  expect(screen.queryByLabelText("Role")).not.toBeInTheDocument();
});

it("lets a member leave, and tells the only owner how", async () => {
  const onLeft = vi.fn();
  answer("get", `${IN}/members`, () => page([ADA, member()]));
  answer("delete", `${IN}/members/u2`, () => noContent());
  const first = show(<MemberList workspace={workspace({ role: "member" })} userId="u2" onLeft={onLeft} />);
  await first.user.click(await screen.findByRole("button", { name: "Leave" }));
  const dialog = await screen.findByRole("dialog", { name: "Leave Acme?" });
  await first.user.click(within(dialog).getByRole("button", { name: "Leave" }));
  await waitFor(() => {
    expect(onLeft).toHaveBeenCalled();
  });
  first.unmount();

  const { user } = show(<MemberList workspace={workspace()} userId="u1" onLeft={onLeft} />);
  await user.click(await screen.findByRole("button", { name: "Leave" }));
  expect(await screen.findByRole("dialog", { name: "You are the only owner" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Leave" })).not.toBeInTheDocument();
});

it("hands the workspace over to a member that is named again before", async () => {
  const onHandedOver = vi.fn();
  answer("get", `${IN}/members`, () => page([ADA, member()]));
  answer("post", `${IN}/transfer`, ({ body }) => {
    expect(body).toEqual({ user_id: "u2" });
    return member({ role: "owner" });
  });
  const { user } = show(<HandOverCard workspace={workspace()} userId="u1" onHandedOver={onHandedOver} />);
  expect(await screen.findByRole("button", { name: "Hand over…" })).toBeDisabled();
  await screen.findByRole("option", { name: "Grace" });
  await user.selectOptions(screen.getByLabelText("Who is to own the workspace"), "Grace");
  await user.click(screen.getByRole("button", { name: "Hand over…" }));
  const dialog = await screen.findByRole("dialog", { name: "Hand Acme over to Grace?" });
  await user.click(within(dialog).getByRole("button", { name: "Hand it over" }));
  await waitFor(() => {
    expect(onHandedOver).toHaveBeenCalled();
  });
});

it("deletes a workspace by its typed short name only", async () => {
  const onAsked = vi.fn();
  answer("delete", IN, ({ url }) => {
    expect(url.searchParams.get("confirm")).toBe("acme");
    return workspace({ deletes_at: "2026-12-05T10:00:00Z" });
  });
  const { user } = show(<DeleteCard workspace={workspace()} onAsked={onAsked} />);
  await user.click(screen.getByRole("button", { name: "Delete workspace…" }));
  const go = screen.getByRole("button", { name: "Delete in fourteen days" });
  await user.type(screen.getByLabelText("Type acme to go on"), "acm");
  expect(go).toBeDisabled();
  await user.type(screen.getByLabelText("Type acme to go on"), "e");
  await user.click(go);
  await waitFor(() => {
    expect(onAsked).toHaveBeenCalled();
  });
});

it("keeps a workspace after all, where an owner says so", async () => {
  const leaving = { ...workspace(), deletes_at: "2026-12-05T10:00:00Z" };
  const onKept = vi.fn(() => Promise.resolve());
  let fails = true;
  answer("post", `${IN}/restore`, () => {
    if (fails) return problem(503, "Not now.");
    return workspace();
  });
  const { user, unmount } = show(<DeletionBanner workspace={leaving} onKept={onKept} />);
  expect(screen.getByText("Acme is deleted on 5 Dec 2026, 10:00:00 UTC")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Keep it after all" }));
  expect(await screen.findByText("Not now.")).toBeVisible();
  fails = false;
  await user.click(screen.getByRole("button", { name: "Keep it after all" }));
  await waitFor(() => {
    expect(onKept).toHaveBeenCalled();
  });
  unmount();
  show(<DeletionBanner workspace={{ ...leaving, role: "member" }} onKept={onKept} />);
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
  expect(screen.getByText(/An owner can keep it after all/)).toBeVisible();
});
