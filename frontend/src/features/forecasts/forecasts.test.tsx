import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { forecast, pastForecasts, point, trend } from "@/testing/factories";
import { show } from "@/testing/render";
import { answer, problem } from "@/testing/server";

import { ForecastCard } from "./forecast-card";
import { ForecastFigure } from "./forecast-figure";
import { PastCard } from "./past-card";
import { pathOf, spentByDay } from "./rules";
import { forecastSearch } from "./search";

const FORECAST = "/workspaces/w1/forecast";
const PAST = "/workspaces/w1/forecasts";
const days = trend([
  point({ start: "2026-11-01T00:00:00Z", cost: "1.1" }),
  point({ start: "2026-11-02T00:00:00Z", cost: null }),
  point({ start: "2026-11-03T00:00:00Z", cost: "2.2" }),
  point({ start: "2026-11-04T00:00:00Z", cost: null }),
]);

it("says where the month leads, and how sure that is", async () => {
  answer("get", FORECAST, () => forecast({ unpriced_calls: 3 }));
  show(<ForecastFigure workspaceId="w1" ledger="tracked" link={null} />);
  const card = await screen.findByRole("region", { name: "Expected at the month's end" });
  expect(await within(card).findByText("$592.96")).toBeVisible();
  expect(card).toHaveTextContent(/between \$567.28.* and \$618.65/);
  expect(card).toHaveTextContent("3 calls without a price would come on top.");
});

it("admits that it cannot say yet, and how many days are missing", async () => {
  answer("get", FORECAST, () =>
    forecast({ expected: null, low: null, high: null, points: [], days_known: 2 }),
  );
  show(<ForecastCard workspaceId="w1" ledger="tracked" />);
  expect(await screen.findByText("Not yet: 2 of 5 days")).toBeVisible();
  expect(screen.queryByText("$0.00")).not.toBeInTheDocument();
});

it("draws what was spent, and from there the way to the month's end", () => {
  expect([...spentByDay(days, "2026-11-03").values()]).toEqual(["1.1", "1.1", "3.3"]);
  const path = pathOf(forecast(), days);
  expect(path.map(({ id, spent, expected, band }) => [id, spent, expected, band])).toEqual([
    ["2026-11-01", 1.1, undefined, undefined],
    ["2026-11-02", 1.1, undefined, undefined],
    ["2026-11-03", 3.3, 3.3, [3.3, 3.3]],
    ["2026-11-04", undefined, 6, [4, 8]],
  ]);
  expect(path.at(-1)?.rows).toEqual([
    { label: "Expected", text: "$6.00" },
    { label: "Interval", text: "$4.00 to $8.00" },
  ]);
});

it("holds what was said against what came", async () => {
  answer("get", PAST, () => pastForecasts());
  const { user } = show(<PastCard workspaceId="w1" month="2026-10" ledger="tracked" onMonth={vi.fn()} />);
  expect(await screen.findByText("2.3%")).toBeVisible();
  expect(screen.getByText("93.5%")).toBeVisible();
  await user.click(screen.getByText("Every day of it"));
  const [, first, second] = within(screen.getByRole("region", { name: "Forecasts by day" })).getAllByRole(
    "row",
  );
  expect(first).toHaveTextContent("Thu, 1 Oct 2026 afterwards$477.02$411.61$542.434.8%yes");
  expect(second).toHaveTextContent("Fri, 2 Oct 2026 $300.00$280.00$320.0040.2%no");
});

it("judges no month that is not over", async () => {
  const items = pastForecasts().items.map((item) => ({ ...item, error: null, is_inside: null }));
  answer("get", PAST, () => pastForecasts({ came: null, error: null, coverage: null, items }));
  const onMonth = vi.fn();
  const { user } = show(<PastCard workspaceId="w1" month="2026-11" ledger="tracked" onMonth={onMonth} />);
  expect(await screen.findByText(/This month is not over/)).toBeVisible();
  expect(screen.queryByText("Average error")).not.toBeInTheDocument();
  await user.selectOptions(screen.getByLabelText("Month"), screen.getAllByRole("option")[1]!);
  expect(onMonth).toHaveBeenCalledOnce();
});

it("says so of a month of which nothing was said", async () => {
  answer("get", PAST, () => pastForecasts({ came: "0", error: null, coverage: null, items: [] }));
  show(<PastCard workspaceId="w1" month="2025-10" ledger="tracked" onMonth={vi.fn()} />);
  expect(await screen.findByText("Nothing was said of October 2025")).toBeVisible();
});

it("says what went wrong, with a way to try again", async () => {
  answer("get", FORECAST, () => problem(400, "Not today."));
  const { user } = show(<ForecastFigure workspaceId="w1" ledger="tracked" link={null} />);
  expect(await screen.findByText("Not today.")).toBeVisible();
  answer("get", FORECAST, () => forecast());
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("$592.96")).toBeVisible();
});

it("reads month and ledger from the address", () => {
  expect(forecastSearch({ month: "2026-10", ledger: "billed" })).toEqual({
    month: "2026-10",
    ledger: "billed",
  });
  expect(forecastSearch({ month: "2026-13", ledger: "credits" })).toEqual({});
});
