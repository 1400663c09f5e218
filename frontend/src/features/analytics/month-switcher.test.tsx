import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { show } from "@/testing/render";

import { MonthSwitcher } from "./month-switcher";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-20T12:00:00Z"), toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it("steps back and forth, and home", async () => {
  const onChange = vi.fn();
  const { user } = show(<MonthSwitcher month="2026-01" onChange={onChange} />);
  for (const name of ["Previous month", "Next month", "This month"]) {
    await user.click(screen.getByRole("button", { name }));
  }
  expect(onChange.mock.calls).toEqual([["2025-12"], ["2026-02"], ["2026-11"]]);
});

it("does not step into the future", () => {
  show(<MonthSwitcher month="2026-11" onChange={vi.fn()} />);
  expect(screen.getByRole("button", { name: "Next month" })).toBeDisabled();
  expect(screen.queryByRole("button", { name: "This month" })).not.toBeInTheDocument();
});

it("reaches a month of years ago in a few clicks", async () => {
  const onChange = vi.fn();
  const { user } = show(<MonthSwitcher month="2026-11" onChange={onChange} />);
  await user.click(screen.getByRole("button", { name: "November 2026" }));
  expect(screen.getByRole("button", { name: "December 2026" })).toBeDisabled();
  for (let year = 2026; year > 2023; year--)
    await user.click(screen.getByRole("button", { name: "Previous year" }));
  await user.click(screen.getByRole("button", { name: "November 2023" }));
  expect(onChange).toHaveBeenCalledWith("2023-11");
});
