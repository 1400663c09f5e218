import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { me, page, session } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { PasswordForm } from "./password-form";
import { SessionList } from "./session-list";
import { SignInForm } from "./sign-in-form";
import { SignUpForm } from "./sign-up-form";

it("signs in with what was typed, to the last space of the password", async () => {
  const onDone = vi.fn();
  answer("post", "/auth/login", ({ body }) => {
    expect(body).toEqual({ email: "ada@example.com", password: " correct horse " });
    return { user: me().user };
  });
  const { user } = show(<SignInForm onDone={onDone} />);
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), " correct horse {Enter}");
  await waitFor(() => {
    expect(onDone).toHaveBeenCalled();
  });
});

it("shows the server's words when sign-in is refused, and stays", async () => {
  const onDone = vi.fn();
  answer("post", "/auth/login", () => problem(401, "Email or password is wrong."));
  const { user } = show(<SignInForm onDone={onDone} />);
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "nope{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Email or password is wrong.");
  expect(onDone).not.toHaveBeenCalled();
});

it("says what to do when no answer comes", async () => {
  answer("post", "/auth/login", () => Response.error());
  const { user } = show(<SignInForm onDone={vi.fn()} />);
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "x{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("TokenBoard cannot be reached");
});

it("puts the server's complaint beside the field it is about", async () => {
  answer("post", "/auth/register", () =>
    problem(422, "The request is not valid", [{ field: "password", detail: "This password is too common." }]),
  );
  const { user } = show(<SignUpForm onDone={vi.fn()} />);
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "password1{Enter}");
  expect(await screen.findByText("This password is too common.")).toBeVisible();
  expect(screen.getByLabelText("Password")).toBeInvalid();
  expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(/too common/);
});

it("registers without a name when none was given", async () => {
  const onDone = vi.fn();
  answer("post", "/auth/register", ({ body }) => {
    expect(body).toEqual({ email: "ada@example.com", password: "correct horse" });
    return created({ user: me().user });
  });
  const { user } = show(<SignUpForm onDone={onDone} />);
  await user.type(screen.getByLabelText("Email"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
  await waitFor(() => {
    expect(onDone).toHaveBeenCalled();
  });
});

it("marks this session and ends another", async () => {
  let sessions = [
    session({ id: "here", is_current: true }),
    session({ id: "there", user_agent: "curl/8.0" }),
  ];
  answer("get", "/auth/sessions", () => page(sessions));
  answer("delete", "/auth/sessions/:id", ({ params }) => {
    sessions = sessions.filter(({ id }) => id !== params.id);
    return noContent();
  });
  const { user } = show(<SessionList />);
  const here = (await screen.findByText("Firefox on Linux")).closest("li")!;
  expect(within(here).getByText("This session")).toBeVisible();
  expect(within(here).queryByRole("button")).not.toBeInTheDocument();

  await user.click(screen.getByRole("button", { name: "End the session of curl" }));
  await waitFor(() => {
    expect(screen.queryByText("curl")).not.toBeInTheDocument();
  });
  expect(screen.queryByRole("button", { name: "End all others" })).not.toBeInTheDocument();
});

it("asks before it ends all other sessions", async () => {
  let sessions = [session({ id: "here", is_current: true }), session({ id: "a" }), session({ id: "b" })];
  answer("get", "/auth/sessions", () => page(sessions));
  answer("delete", "/auth/sessions", () => {
    sessions = sessions.slice(0, 1);
    return { revoked: 2 };
  });
  const { user } = show(<SessionList />);
  await user.click(await screen.findByRole("button", { name: "End all others" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("2 sessions will have to sign in again");
  await user.click(within(dialog).getByRole("button", { name: "End all others" }));
  await waitFor(() => {
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
  });
});

it("offers to try again when the sessions do not come", async () => {
  answer("get", "/auth/sessions", () => problem(400, "No."));
  show(<SessionList />);
  expect(await screen.findByRole("button", { name: "Try again" })).toBeVisible();
});

it("changes the password and forgets what was typed", async () => {
  answer("post", "/me/password", ({ body }) => {
    expect(body).toEqual({ current_password: "old secret", new_password: "new secret" });
    return noContent();
  });
  const { user } = show(<PasswordForm />);
  await user.type(screen.getByLabelText("Current password"), "old secret");
  await user.type(screen.getByLabelText("New password"), "new secret{Enter}");
  expect(await screen.findByText("Changed. Other sessions have ended.")).toBeVisible();
  expect(screen.getByLabelText("New password")).toHaveValue("");
});
