import { screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { call, page } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { KEY_PLACEHOLDER, WAYS } from "./snippets";
import { SnippetTabs } from "./snippet-tabs";
import { WaitingForCall } from "./waiting-for-call";

const ORIGIN = "https://board.example.com";

const PLACE = { origin: ORIGIN, apiKey: "tb_k3y" };
const RECIPES = WAYS.flatMap((way) => way.recipes.map((recipe) => ({ way: way.label, recipe })));

it.each(RECIPES)("fills $way, $recipe.label, with the real address and key", ({ recipe }) => {
  const text = recipe.code(PLACE);
  expect(text).toContain(ORIGIN);
  expect(text).toContain("tb_k3y");
  expect(text).not.toMatch(/undefined|\[object|secret/);
  expect(recipe.code({ ...PLACE, apiKey: KEY_PLACEHOLDER })).not.toContain("tb_k3y");
});

it("names every vendor's client in both languages, and frameworks where they live", () => {
  const labels = Object.fromEntries(WAYS.map((way) => [way.value, way.recipes.map(({ label }) => label)]));
  const vendors = ["OpenAI", "Anthropic", "Google", "Mistral", "Cohere", "Bedrock"];
  expect(labels.python).toEqual([...vendors, "LiteLLM", "LangChain"]);
  expect(labels.typescript).toEqual([...vendors, "Vercel AI SDK"]);
  expect(labels.opentelemetry).toContain("Collector");
});

it.each(recipesOf("curl"))("sends valid JSON from the shell: $label", ({ code }) => {
  const body = /-d '([\s\S]*)'$/.exec(code(PLACE))?.[1];
  expect(JSON.parse(body!)).toMatchObject({ project: "first-steps" });
});

it("copies the program of the chosen client, and what to install first", async () => {
  const { user } = show(<SnippetTabs {...PLACE} />);
  expect(screen.getByLabelText("Python snippet")).toHaveTextContent("tokenboard.wrap(OpenAI())");
  await user.click(screen.getByRole("radio", { name: "LiteLLM" }));
  await user.click(screen.getByRole("button", { name: "Copy the snippet" }));
  const litellm = recipesOf("python").find(({ value }) => value === "litellm");
  expect(await navigator.clipboard.readText()).toBe(litellm?.code(PLACE));
  await user.click(screen.getByRole("button", { name: "Copy the command" }));
  expect(await navigator.clipboard.readText()).toBe("pip install tokenboard litellm");
});

it("keeps the vendor from one language to the next, as far as there is one", async () => {
  const { user } = show(<SnippetTabs {...PLACE} />);
  await user.click(screen.getByRole("radio", { name: "Anthropic" }));
  await user.click(screen.getByRole("tab", { name: "TypeScript" }));
  expect(screen.getByLabelText("TypeScript snippet")).toHaveTextContent("new Anthropic()");
  await user.click(screen.getByRole("tab", { name: "OpenTelemetry" }));
  expect(screen.getByLabelText("OpenTelemetry snippet")).toHaveTextContent("OTEL_EXPORTER_OTLP_ENDPOINT");
  expect(screen.queryByRole("button", { name: "Copy the command" })).toBeNull();
  await user.click(screen.getByRole("tab", { name: "Python" }));
  expect(screen.getByRole("radio", { name: "Anthropic" })).toBeChecked();
});

function recipesOf(value: string) {
  return WAYS.find((way) => way.value === value)?.recipes ?? [];
}

it("waits, asks again, and hands over the moment a call is there", async () => {
  let asked = 0;
  answer("get", "/workspaces/w1/calls", () => page(++asked < 2 ? [] : [call()]));
  const onArrived = vi.fn();
  show(<WaitingForCall workspaceId="w1" onArrived={onArrived} skip={<a href="/">Skip</a>} />);
  expect(await screen.findByText("Waiting for your first call…")).toBeVisible();
  expect(onArrived).not.toHaveBeenCalled();
  await waitFor(() => {
    expect(onArrived).toHaveBeenCalledWith("2026-11-20T10:00:00Z");
  });
});

it("says so when the server stops answering while it waits", async () => {
  answer("get", "/workspaces/w1/calls", () => problem(400, "No."));
  show(<WaitingForCall workspaceId="w1" onArrived={vi.fn()} skip={null} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("Still waiting");
});
