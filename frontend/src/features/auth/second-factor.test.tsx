import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { SecondFactor } from "@/api/types";
import { me } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { EndAccountCard } from "./end-account-card";
import { SecondFactorCard } from "./second-factor-card";
import { SignInForm } from "./sign-in-form";

const USER = me().user;
const CODES = ["abcd-efgh-jkmn-pqrs", "tuvw-xyz2-3456-789a"];
const OFF: SecondFactor = { enabled: false, enabled_at: null, recovery_codes_left: 0 };
const ON: SecondFactor = { enabled: true, enabled_at: "2026-11-20T10:00:00Z", recovery_codes_left: 10 };

function answerLogin() {
  answer("post", "/auth/login", () => ({
    user: null,
    second_factor: true,
    expires_at: "2026-11-21T10:10:00Z",
  }));
}

async function showPassword(user: ReturnType<typeof show>["user"]) {
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
}

it("asks for the code of the app after the password, and takes a recovery code instead", async () => {
  const onDone = vi.fn();
  const shown: unknown[] = [];
  answerLogin();
  answer("post", "/auth/login/second-factor", ({ body }) => {
    shown.push(body);
    if (shown.length > 1) return { user: USER };
    return problem(422, "Wait for the next code.", [{ field: "code", detail: "is not right" }]);
  });
  const { user } = show(<SignInForm onDone={onDone} />);
  await showPassword(user);
  const code = await screen.findByLabelText("Code from your authenticator app");
  expect(code).toHaveFocus();
  expect(onDone).not.toHaveBeenCalled();

  await user.type(code, "123 456{Enter}");
  expect(await screen.findByText("is not right")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Use a recovery code" }));
  expect(screen.queryByText("is not right")).not.toBeInTheDocument();
  await user.type(screen.getByLabelText("Recovery code"), `${CODES[0]}{Enter}`);
  await waitFor(() => {
    expect(onDone).toHaveBeenCalled();
  });
  expect(shown).toEqual([{ code: "123 456" }, { code: CODES[0] }]);
});

it("leads back to the password when the second step took too long", async () => {
  answerLogin();
  answer("post", "/auth/login/second-factor", () => problem(401, "That took too long."));
  const { user } = show(<SignInForm onDone={vi.fn()} />);
  await showPassword(user);
  await user.type(await screen.findByLabelText(/^Code/), "123456{Enter}");
  await user.click(await screen.findByRole("button", { name: "Begin again" }));
  expect(screen.getByLabelText("Password")).toBeVisible();
});

it("turns the second factor on, and shows the recovery codes once", async () => {
  let state = OFF;
  answer("get", "/me/second-factor", () => state);
  answer("post", "/me/second-factor", ({ body }) => {
    expect(body).toEqual({ password: "correct horse" });
    return created({ secret: "ABCDEFGHIJ", uri: "otpauth://totp/x", qr: "data:image/svg+xml,%3Csvg/%3E" });
  });
  answer("post", "/me/second-factor/confirm", ({ body }) => {
    expect(body).toEqual({ code: "123456" });
    state = ON;
    return { codes: CODES };
  });
  const { user } = show(<SecondFactorCard user={USER} hasPassword />);
  await user.click(await screen.findByRole("button", { name: "Turn on" }));
  await user.type(screen.getByLabelText("Your password"), "correct horse{Enter}");
  expect(await screen.findByRole("img", { name: /QR code/ })).toBeVisible();
  expect(screen.getByText("ABCD EFGH IJ")).toBeVisible();
  await user.type(screen.getByLabelText("Code that the app shows"), "123456{Enter}");

  const codes = await screen.findByRole("list", { name: "Recovery codes" });
  expect(within(codes).getAllByRole("listitem")).toHaveLength(2);
  await user.click(screen.getByRole("button", { name: "Copy the recovery codes" }));
  expect(await navigator.clipboard.readText()).toBe(CODES.join("\n"));
  const file = decodeURIComponent(screen.getByRole("link", { name: "Save as a file" }).getAttribute("href")!);
  expect(file).toContain(`of ada@example.com`);
  expect(file).toContain(CODES[1]);

  await user.click(screen.getByRole("button", { name: "I have stored them" }));
  expect(await screen.findByText(/10 of 10 recovery codes left/)).toBeVisible();
  expect(document.body).not.toHaveTextContent(CODES[0]!);
});

it("waits for a confirmed address before a second factor is added", async () => {
  answer("get", "/me/second-factor", () => OFF);
  show(<SecondFactorCard user={{ ...USER, email_verified: false }} hasPassword />);
  expect(await screen.findByText(/once your address is confirmed/)).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("warns when recovery codes run out, and makes new ones", async () => {
  answer("get", "/me/second-factor", () => ({ ...ON, recovery_codes_left: 2 }));
  answer("post", "/me/second-factor/recovery-codes", () => ({ codes: CODES }));
  const { user } = show(<SecondFactorCard user={USER} hasPassword />);
  expect(await screen.findByText("Only 2 recovery codes are left")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "New recovery codes" }));
  await user.type(screen.getByLabelText(/^Code/), "123456{Enter}");
  expect(await screen.findByText(CODES[1]!)).toBeVisible();
});

it("turns the second factor off with both factors", async () => {
  let state = ON;
  answer("get", "/me/second-factor", () => state);
  answer("post", "/me/second-factor/disable", ({ body }) => {
    expect(body).toEqual({ password: "correct horse", code: "123456" });
    state = OFF;
    return noContent();
  });
  const { user } = show(<SecondFactorCard user={USER} hasPassword />);
  await user.click(await screen.findByRole("button", { name: "Turn off" }));
  await user.type(screen.getByLabelText("Your password"), "correct horse");
  await user.type(screen.getByLabelText(/^Code/), "123456{Enter}");
  expect(await screen.findByText(/It is off/)).toBeVisible();
});

it("asks no password of an account that has none", async () => {
  answer("get", "/me/second-factor", () => OFF);
  answer("post", "/me/second-factor", ({ body }) => {
    expect(body).toEqual({ password: null });
    return problem(429, "Too many tries.");
  });
  const { user } = show(<SecondFactorCard user={USER} hasPassword={false} />);
  await user.click(await screen.findByRole("button", { name: "Turn on" }));
  expect(screen.queryByLabelText("Your password")).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Go on" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Too many tries.");
});

it("deletes an account by its typed address and all that proves who asks", async () => {
  const onDone = vi.fn();
  answer("get", "/me/second-factor", () => ON);
  answer("post", "/me/delete", ({ body }) => {
    const asked = body as { email: string };
    if (asked.email !== USER.email) return problem(409, "Hand over or delete first: Acme.");
    expect(body).toEqual({ email: USER.email, password: "correct horse", code: "123456" });
    return noContent();
  });
  const { user } = show(<EndAccountCard user={USER} hasPassword onDone={onDone} />);
  await user.click(screen.getByRole("button", { name: "Delete account…" }));
  const email = screen.getByLabelText("Type your email to go on");
  await user.type(email, "grace@example.com");
  await user.type(screen.getByLabelText("Your password"), "correct horse");
  await user.type(await screen.findByLabelText(/^Code/), "123456{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Hand over or delete first: Acme.");
  await user.clear(email);
  await user.type(email, `${USER.email}{Enter}`);
  await waitFor(() => {
    expect(onDone).toHaveBeenCalled();
  });
});
