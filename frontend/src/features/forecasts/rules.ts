import type { Forecast, PastForecasts, Trend } from "@/api/types";
import type { PathPoint } from "@/components/charts/path";
import { dayLabel, dayShort, shiftDay } from "@/lib/dates";
import { addDecimals, parseDecimal, writePlain } from "@/lib/decimal";
import { exactMoney, money } from "@/lib/format";

/** Pixels, not money: the only place where an amount becomes a float. */
const height = (amount: string) => Number(amount);

const row = (label: string, text: string) => ({ label, text });

/** What was spent by the end of each day up to `today`, exactly. Days of unknown cost add nothing. */
export function spentByDay(trend: Trend, today: string): Map<string, string> {
  let sum = parseDecimal("0");
  const days = new Map<string, string>();
  for (const { start, cost } of trend.points) {
    const day = start.slice(0, 10);
    if (day > today) break;
    if (cost !== null) sum = addDecimals(sum, parseDecimal(cost));
    days.set(day, writePlain(sum));
  }
  return days;
}

/** The month day by day: what was spent, and from there the way that is expected, with its interval. */
export function pathOf(forecast: Forecast, trend: Trend): PathPoint[] {
  const first = forecast.points[0]?.day;
  const today = first ?? shiftDay(forecast.end.slice(0, 10), -1);
  const spent = spentByDay(trend, today);
  const past = [...spent].map(([day, amount]) => ({
    ...names(day),
    spent: height(amount),
    rows: [row("Spent so far", exactMoney(amount))],
    // the way on begins where today stands
    ...(day === today &&
      first !== undefined && { expected: height(amount), band: [height(amount), height(amount)] as const }),
  }));
  const ahead = forecast.points
    .filter(({ day }) => !spent.has(day))
    .map(({ day, expected, low, high }) => ({
      ...names(day),
      expected: height(expected),
      band: [height(low), height(high)] as const,
      rows: [row("Expected", money(expected)), row("Interval", `${money(low)} to ${money(high)}`)],
    }));
  return [...past, ...ahead];
}

const names = (day: string) => ({ id: day, tick: dayShort(day), title: dayLabel(day) });

/** What was said on each day, and the line of what came. */
export function saidPath({ items, came }: PastForecasts): PathPoint[] {
  return items.map(({ made_on: day, expected, low, high }) => ({
    ...names(day),
    expected: height(expected),
    band: [height(low), height(high)] as const,
    ...(came !== null && { spent: height(came) }),
    rows: [
      row("Expected", money(expected)),
      row("Interval", `${money(low)} to ${money(high)}`),
      ...(came === null ? [] : [row("Came", money(came))]),
    ],
  }));
}
