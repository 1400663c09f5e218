import { screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import type { Me, SignInProvider } from "@/api/types";
import { leaveFor } from "@/lib/leave";
import { me, offer, page, summary, workspace } from "@/testing/factories";
import { visit } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

vi.mock("@/lib/leave", () => ({ leaveFor: vi.fn() }));

const GITHUB: SignInProvider = { id: "github", name: "GitHub", kind: "github" };
const AWAY = "https://github.example.com/authorize?state=s";

let who: Me | null;
let entrances: { sign_up_open: boolean; providers: SignInProvider[] };

beforeEach(() => {
  who = null;
  entrances = { sign_up_open: true, providers: [] };
  answer("get", "/me", () => who ?? problem(401, "Sign in first."));
  answer("get", "/auth/providers", () => entrances);
  answer("get", "/workspaces/:id/alerts/unread", () => ({ unread: 0, worst: null }));
});

const gone = () => problem(410, "It was used.");

it("says the same to everybody who forgot a password", async () => {
  answer("post", "/auth/password-reset", ({ body }) => {
    expect(body).toEqual({ email: "ada@example.com" });
    return Response.json(null, { status: 202 });
  });
  const { user } = visit("/sign-in");
  await user.click(await screen.findByRole("link", { name: "Forgot password?" }));
  await user.type(await screen.findByLabelText("Email of your account"), "ada@example.com{Enter}");
  expect(await screen.findByText(/If there is an account with/)).toHaveTextContent("ada@example.com");
});

it("takes the token out of the address before it sets a new password", async () => {
  answer("post", "/auth/password-reset/confirm", ({ body }) => {
    expect(body).toEqual({ token: "t0ken", new_password: "correct horse" });
    return noContent();
  });
  const { user, history } = visit("/reset-password#token=t0ken");
  await user.type(await screen.findByLabelText("New password"), "correct horse");
  expect(history.location.href).toBe("/reset-password");
  expect(history.length).toBe(1);
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("heading", { name: "Your password is changed" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Sign in" })).toHaveAttribute("href", "/sign-in");
});

it("offers another link where one was used, and where there is none", async () => {
  answer("post", "/auth/password-reset/confirm", gone);
  const { user, unmount } = visit("/reset-password#token=used");
  await user.type(await screen.findByLabelText("New password"), "correct horse{Enter}");
  expect(await screen.findByRole("heading", { name: "This link does not work any more" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Ask for another link" })).toBeVisible();
  unmount();
  visit("/reset-password");
  expect(await screen.findByRole("heading", { name: "Open the link from your mail" })).toBeVisible();
});

it("confirms an address by its link, once", async () => {
  let asked = 0;
  answer("post", "/auth/verify-email", ({ body }) => {
    asked += 1;
    expect(body).toEqual({ token: "t0ken" });
    return { user: me().user };
  });
  const { history } = visit("/verify-email#token=t0ken");
  expect(await screen.findByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
  await waitFor(() => {
    expect(history.location.href).toBe("/verify-email");
  });
  expect(asked).toBe(1);
});

it("says that a used link did its work, to who is signed in and confirmed", async () => {
  who = me();
  answer("post", "/auth/verify-email", gone);
  visit("/verify-email#token=used");
  expect(await screen.findByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
});

it("mails another link to who is signed in and not confirmed", async () => {
  who = me({ user: { ...me().user, email_verified: false } });
  answer("post", "/auth/verify-email", gone);
  answer("post", "/me/email/verification", () => Response.json(null, { status: 202 }));
  const { user } = visit("/verify-email#token=old");
  expect(await screen.findByRole("heading", { name: "This link does not work any more" })).toBeVisible();
  await user.click(await screen.findByRole("button", { name: "Mail me the link" }));
  expect(await screen.findByText(/A link is on its way to/)).toHaveTextContent("ada@example.com");
});

it("asks who is not signed in to the account to sign in first", async () => {
  answer("post", "/auth/verify-email", () => problem(403, "Sign in first."));
  visit("/verify-email#token=t0ken");
  expect(await screen.findByRole("heading", { name: "Sign in to confirm this address" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Sign in" })).toHaveAttribute("href", "/sign-in");
});

it("shows a stranger with a dead link the way to sign in", async () => {
  answer("post", "/auth/verify-email", gone);
  visit("/verify-email#token=used");
  expect(await screen.findByText(/Sign in, and ask for another link/)).toBeVisible();
});

function answerWorkspace() {
  answer("get", "/workspaces/w1/calls", () => page([]));
  answer("get", "/workspaces/w1/budgets", () => page([]));
  answer("get", "/workspaces/w1/summary", ({ url }) =>
    summary({ month: url.searchParams.get("month")!, has_data: false }),
  );
}

it("makes an account for who is invited, with the address that the invitation names", async () => {
  answerWorkspace();
  answer("post", "/invitations/look", ({ body }) => {
    expect(body).toEqual({ token: "t0ken" });
    return offer();
  });
  answer("post", "/invitations/register", ({ body }) => {
    expect(body).toEqual({ token: "t0ken", name: "Grace", password: "correct horse" });
    who = me();
    return created({ user: who.user, workspace: workspace() });
  });
  const { user, history } = visit("/invitation#token=t0ken");
  expect(await screen.findByRole("heading", { name: "Join Acme" })).toBeVisible();
  expect(history.location.href).toBe("/invitation");
  expect(screen.getByLabelText("Email")).toHaveValue("grace@example.com");
  expect(screen.getByLabelText("Email")).toHaveAttribute("readonly");
  await user.type(screen.getByLabelText("Name"), "Grace");
  await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
  await waitFor(() => {
    expect(history.location.pathname).toBe("/w/acme");
  });
});

it("lets who has an account sign in, with a second factor too, and join with that", async () => {
  answerWorkspace();
  answer("post", "/invitations/look", () => offer({ email: null, has_account: null }));
  answer("post", "/auth/login", () => ({
    user: null,
    second_factor: true,
    expires_at: "2026-11-21T10:10:00Z",
  }));
  answer("post", "/auth/login/second-factor", () => {
    who = me();
    return { user: who.user };
  });
  answer("post", "/invitations/accept", ({ body }) => {
    expect(body).toEqual({ token: "t0ken" });
    return workspace();
  });
  const { user, history } = visit("/invitation#token=t0ken");
  await user.click(await screen.findByRole("radio", { name: "I have an account" }));
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
  await user.type(await screen.findByLabelText(/^Code/), "123456{Enter}");
  await waitFor(() => {
    expect(history.location.pathname).toBe("/w/acme");
  });
});

it("asks who is signed in before it joins, and goes on with another account", async () => {
  who = me();
  answer("post", "/invitations/look", () => offer({ has_account: true }));
  answer("post", "/auth/logout", () => {
    who = null;
    return noContent();
  });
  const { user } = visit("/invitation#token=t0ken");
  expect(await screen.findByText(/and you are signed in as/)).toHaveTextContent("ada@example.com");
  await user.click(screen.getByRole("button", { name: "Sign out and go on" }));
  expect(await screen.findByRole("button", { name: "Sign in and join" })).toBeVisible();
  expect(screen.getByLabelText("Email")).toHaveValue("grace@example.com");
});

it("accepts for who is signed in, and says when that is no use", async () => {
  answerWorkspace();
  who = me();
  let isFirst = true;
  answer("post", "/invitations/look", () => offer({ email: "ada@example.com", has_account: true }));
  answer("post", "/invitations/accept", () => {
    if (!isFirst) return gone();
    isFirst = false;
    return problem(409, "You are in this workspace already.");
  });
  const { user } = visit("/invitation#token=t0ken");
  const accept = await screen.findByRole("button", { name: "Accept the invitation" });
  await user.click(accept);
  expect(await screen.findByRole("alert")).toHaveTextContent("You are in this workspace already.");
  await user.click(accept);
  expect(
    await screen.findByRole("heading", { name: "This invitation does not work any more" }),
  ).toBeVisible();
});

it.each([
  ["/invitation#token=used", "This invitation does not work any more"],
  ["/invitation", "Open the link of your invitation"],
])("says what there is to do at %s", async (address, heading) => {
  answer("post", "/invitations/look", gone);
  visit(address);
  expect(await screen.findByRole("heading", { name: heading })).toBeVisible();
  expect(screen.getByRole("link", { name: "Go to your dashboard" })).toBeVisible();
});

it("signs in with a provider, and comes back to where the reader wanted to go", async () => {
  entrances.providers = [GITHUB];
  answer("post", "/auth/providers/github/start", ({ body }) => {
    expect(body).toEqual({ next: "/w/acme/calls" });
    return { url: AWAY };
  });
  const { user } = visit("/sign-in?redirect=%2Fw%2Facme%2Fcalls");
  await user.click(await screen.findByRole("button", { name: "Continue with GitHub" }));
  await waitFor(() => {
    expect(leaveFor).toHaveBeenCalledWith(AWAY);
  });
});

it("asks for the second factor of who came back from a provider, and goes on", async () => {
  answerWorkspace();
  answer("post", "/auth/login/second-factor", () => {
    who = me();
    return { user: who.user };
  });
  const { user, history } = visit("/sign-in?second_factor=1&next=%2Fw%2Facme");
  await user.type(await screen.findByLabelText(/^Code/), "123456{Enter}");
  await waitFor(() => {
    expect(history.location.pathname).toBe("/w/acme");
  });
});

it.each([
  ["sign_in_cancelled", "The sign-in was not finished"],
  ["account_not_verified", "There is an account with this address that is not confirmed"],
  ["something_new", "The sign-in there did not work"],
])("says why a provider's sign-in came to nothing: %s", async (code, words) => {
  visit(`/sign-in?error=${code}`);
  expect(await screen.findByRole("alert")).toHaveTextContent(words);
  expect(screen.getByLabelText("Password")).toBeVisible();
});

it("tells a newcomer where sign-up is closed that somebody has to invite them", async () => {
  entrances.sign_up_open = false;
  const { unmount } = visit("/sign-in");
  expect(await screen.findByText(/Sign-up is closed/)).toBeVisible();
  expect(screen.queryByRole("link", { name: "Create an account" })).not.toBeInTheDocument();
  unmount();
  visit("/sign-up");
  expect(await screen.findByText("Sign-up is closed on this server")).toBeVisible();
  expect(screen.queryByLabelText("Password")).not.toBeInTheDocument();
});

it("keeps an invitation for the way to a provider and back, and no longer", async () => {
  entrances.providers = [GITHUB];
  answer("post", "/invitations/look", ({ body }) => {
    expect(body).toEqual({ token: "t0ken" });
    return offer({ email: null, has_account: null });
  });
  answer("post", "/invitations/providers/github/start", ({ body }) => {
    expect(body).toEqual({ token: "t0ken" });
    return { url: AWAY };
  });
  const { user, unmount } = visit("/invitation#token=t0ken");
  await user.click(await screen.findByRole("button", { name: "Continue with GitHub" }));
  await waitFor(() => {
    expect(leaveFor).toHaveBeenCalledWith(AWAY);
  });
  unmount();

  who = me();
  visit("/invitation");
  expect(await screen.findByRole("button", { name: "Accept the invitation" })).toBeVisible();
  expect(sessionStorage).toHaveLength(0);
});

it("links an account elsewhere, and unlinks it", async () => {
  who = me();
  entrances.providers = [GITHUB];
  const github = {
    id: "x1",
    provider: "github",
    name: "GitHub",
    email: "ada@example.com",
    created_at: "2026-11-20T10:00:00Z",
    last_used_at: "2026-11-20T10:00:00Z",
  };
  let items: (typeof github)[] = [];
  answer("get", "/me/second-factor", () => ({ enabled: false, enabled_at: null, recovery_codes_left: 0 }));
  answer("get", "/me/identities", () => ({ items, next_cursor: null, has_password: items.length === 0 }));
  answer("post", "/me/identities/github/start", ({ body }) => {
    expect(body).toEqual({ next: "/w/acme/settings/account" });
    return { url: AWAY };
  });
  answer("delete", "/me/identities/x1", () => problem(409, "Choose a password first."));
  const first = visit("/w/acme/settings/account?error=identity_taken");
  expect(await screen.findByText("Another account signs in with that already")).toBeVisible();
  await first.user.click(await screen.findByRole("button", { name: "Link GitHub" }));
  await waitFor(() => {
    expect(leaveFor).toHaveBeenCalledWith(AWAY);
  });
  first.unmount();

  items = [github];
  const { user } = visit("/w/acme/settings/account");
  expect(await screen.findByRole("button", { name: "Mail me a link to choose one" })).toBeVisible();
  await user.click(await screen.findByRole("button", { name: "Unlink GitHub" }));
  await user.click(await screen.findByRole("button", { name: "Unlink" }));
  expect(await screen.findByText("Choose a password first.")).toBeVisible();
});
