import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Channel } from "@/api/types";
import { channel, delivery, page } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, created, noContent, problem } from "@/testing/server";

import { ChannelList } from "./channel-list";
import { whereText } from "./rules";

const IN = "/workspaces/w1/channels";
const ONE = `${IN}/ch1`;
const DEFAULT = channel({
  id: "ch0",
  kind: "email",
  name: "Owners and admins",
  is_default: true,
  to_admins: true,
});

function list(channels: Channel[], mayEdit = true) {
  answer("get", IN, () => page(channels));
  return show(<ChannelList workspaceId="w1" mayEdit={mayEdit} />);
}

it("shows where alerts go, and keeps the one that every workspace has", async () => {
  list([DEFAULT, channel({ is_on: false })]);
  const [first, second] = await screen.findAllByRole("listitem");
  expect(first).toHaveTextContent("Email · owners and admins");
  expect(within(first!).queryByRole("button", { name: /Delete/ })).not.toBeInTheDocument();
  expect(second).toHaveTextContent("Our bot offWebhook · bot.example.com…hook");
  expect(within(second!).getByRole("button", { name: "Delete Our bot" })).toBeVisible();
});

it("adds a webhook, and shows its secret this once", async () => {
  let sent: unknown;
  answer("post", IN, ({ body }) => {
    sent = body;
    return created({ ...channel(), secret: "tbwh_once" });
  });
  const { user } = list([DEFAULT]);
  await user.click(await screen.findByRole("button", { name: "Add a channel" }));
  await user.selectOptions(screen.getByLabelText("Kind"), "webhook");
  await user.type(screen.getByLabelText("Name"), "Our bot");
  await user.type(screen.getByLabelText("Address"), "https://bot.example.com/hook");
  await user.selectOptions(screen.getByLabelText("What goes there"), "critical");
  await user.click(screen.getByRole("button", { name: "Add the channel" }));
  expect(await screen.findByText("tbwh_once")).toBeVisible();
  expect(sent).toEqual({
    kind: "webhook",
    name: "Our bot",
    address: "https://bot.example.com/hook",
    min_severity: "critical",
    sends_resolved: true,
  });
  await user.click(screen.getByRole("button", { name: "I have kept it" }));
  await user.click(screen.getByRole("button", { name: "Add a channel" }));
  expect(screen.queryByText("tbwh_once")).not.toBeInTheDocument();
});

it("says at the field which recipient is none, and how each kind gets its address", async () => {
  answer("post", IN, () =>
    problem(422, "Look at: recipients.", [{ field: "body.recipients.1", detail: "is not a mail address" }]),
  );
  const { user } = list([DEFAULT]);
  await user.click(await screen.findByRole("button", { name: "Add a channel" }));
  await user.selectOptions(screen.getByLabelText("Kind"), "slack");
  expect(screen.getByText(/switch on Incoming Webhooks/)).toBeVisible();
  await user.selectOptions(screen.getByLabelText("Kind"), "email");
  await user.type(screen.getByLabelText("Name"), "Ops");
  await user.type(screen.getByLabelText("Recipients"), "ops@example.com, nobody");
  await user.click(screen.getByRole("button", { name: "Add the channel" }));
  expect(await screen.findByText("is not a mail address")).toBeVisible();
});

it("keeps an address that is not typed anew", async () => {
  let sent: unknown;
  answer("patch", ONE, ({ body }) => {
    sent = body;
    return channel();
  });
  const { user } = list([channel()]);
  await user.click(await screen.findByRole("button", { name: "Edit Our bot" }));
  expect(screen.getByLabelText("Address")).toHaveValue("");
  expect(screen.getByLabelText("Address")).toHaveAccessibleDescription(/Kept: bot.example.com…hook/);
  await user.click(screen.getByRole("button", { name: "Keep the changes" }));
  await waitFor(() => {
    expect(sent).toEqual({ name: "Our bot", min_severity: "info", sends_resolved: true });
  });
});

it("tells what became of a test", async () => {
  const failed = delivery({ state: "dead", reason: "It answered 404." });
  answer("post", `${ONE}/test`, () => ({ ok: false, deliveries: [failed] }));
  const { user } = list([channel()]);
  await user.click(await screen.findByRole("button", { name: "Test Our bot" }));
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The test was not taken");
  expect(alert).toHaveTextContent("bot.example.com…hook: given up. It answered 404.");
  answer("post", `${ONE}/test`, () => ({ ok: true, deliveries: [delivery()] }));
  await user.click(screen.getByRole("button", { name: "Test Our bot" }));
  expect(await screen.findByText("The test was taken")).toBeVisible();
});

it("shows what was given up, and sends it again", async () => {
  let dead = delivery({ state: "dead", attempts: 16, reason: "No answer came." });
  let asked = "";
  answer("get", `${ONE}/deliveries`, ({ url }) => {
    asked = url.search;
    return page([dead]);
  });
  answer("post", `${ONE}/deliveries/d1/resend`, () => {
    dead = delivery({ state: "waiting", attempts: 0 });
    return dead;
  });
  const { user } = list([channel()]);
  await user.click(await screen.findByRole("button", { name: "Deliveries to Our bot" }));
  await user.click(screen.getByRole("radio", { name: "Given up" }));
  expect(await screen.findByText("No answer came.")).toBeVisible();
  expect(asked).toBe("?state=dead");
  expect(screen.getByText(/16 tries/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: /Send again/ }));
  expect(await screen.findByText(/not tried yet/)).toBeVisible();
});

it("switches a channel off, and deletes it after a second thought", async () => {
  const sent: unknown[] = [];
  answer("patch", ONE, ({ body }) => {
    sent.push(body);
    return channel({ is_on: false });
  });
  answer("delete", ONE, () => {
    sent.push("deleted");
    return noContent();
  });
  const { user } = list([channel()]);
  await user.click(await screen.findByRole("button", { name: "Switch Our bot off" }));
  await user.click(screen.getByRole("button", { name: "Delete Our bot" }));
  await user.click(await screen.findByRole("button", { name: "Delete channel" }));
  await waitFor(() => {
    expect(sent).toEqual([{ is_on: false }, "deleted"]);
  });
});

it("shows a member what there is, and nothing to change", async () => {
  list([DEFAULT, channel()], false);
  expect(await screen.findByText("Our bot")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Edit|Test|Delete|Add|Switch/ })).not.toBeInTheDocument();
});

it("says when mail goes to nobody", () => {
  expect(whereText(channel({ kind: "email" }))).toBe("Email · to nobody");
});
