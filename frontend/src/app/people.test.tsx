import { screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import type { Me } from "@/api/types";
import { me } from "@/testing/factories";
import { visit } from "@/testing/render";
import { answer, noContent, problem } from "@/testing/server";

let who: Me | null;

beforeEach(() => {
  who = null;
  answer("get", "/me", () => who ?? problem(401, "Sign in first."));
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
  expect(await screen.findByText(/If there is an account with ada@example.com/)).toBeVisible();
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
  await vi.waitFor(() => {
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
  expect(await screen.findByText(/is on its way to ada@example.com/)).toBeVisible();
});

it("shows a stranger with a dead link the way to sign in", async () => {
  answer("post", "/auth/verify-email", gone);
  visit("/verify-email#token=used");
  expect(await screen.findByText(/Sign in, and ask for another link/)).toBeVisible();
});
