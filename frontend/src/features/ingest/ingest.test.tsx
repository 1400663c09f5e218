import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { call, page } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { LANGUAGES, snippet } from "./snippets";
import { SnippetTabs } from "./snippet-tabs";
import { WaitingForCall } from "./waiting-for-call";

const ORIGIN = "https://board.example.com";

it.each(LANGUAGES)("fills the $label snippet with the real address and key", ({ value }) => {
  const text = snippet(value, ORIGIN, "tb_k3y");
  expect(text).toContain("https://board.example.com/api/v1/events");
  expect(text).toContain("Bearer tb_k3y");
  expect(text).toContain("gpt-4o-mini");
});

it("sends valid JSON from the shell", () => {
  const body = /-d '([\s\S]*)'$/.exec(snippet("curl", ORIGIN, "k"))?.[1];
  expect(JSON.parse(body!)).toMatchObject({ provider: "openai", model: "gpt-4o-mini", input_tokens: 1200 });
});

it("copies the snippet of the chosen language", async () => {
  const { user } = show(<SnippetTabs origin={ORIGIN} apiKey="tb_k3y" />);
  await user.click(screen.getByRole("tab", { name: "Python" }));
  await user.click(screen.getByRole("button", { name: "Copy the snippet" }));
  expect(await navigator.clipboard.readText()).toBe(snippet("python", ORIGIN, "tb_k3y"));
});

it("waits, asks again, and hands over the moment a call is there", async () => {
  let asked = 0;
  answer("get", "/workspaces/w1/calls", () => page(++asked < 2 ? [] : [call()]));
  const onArrived = vi.fn();
  show(<WaitingForCall workspaceId="w1" onArrived={onArrived} skip={<a href="/">Skip</a>} />);
  expect(await screen.findByText("Waiting for your first call…")).toBeVisible();
  expect(onArrived).not.toHaveBeenCalled();
  await vi.waitFor(
    () => {
      expect(onArrived).toHaveBeenCalledWith("2026-11-20T10:00:00Z");
    },
    { timeout: 4_000 },
  );
});

it("says so when the server stops answering while it waits", async () => {
  answer("get", "/workspaces/w1/calls", () => problem(400, "No."));
  show(<WaitingForCall workspaceId="w1" onArrived={vi.fn()} skip={null} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("Still waiting");
});
