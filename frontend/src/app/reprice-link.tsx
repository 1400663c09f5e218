import { Link } from "@tanstack/react-router";

import type { PriceRuleChanged } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import type { RepriceLink } from "@/features/analytics/links";
import type { RepricingSearch } from "@/features/repricings/search";
import { periodOf, shiftDay } from "@/lib/dates";

/** The days of a month, the last one included, as the re-pricing form has them. */
export function daysOf(month: string): { first: string; last: string } {
  const { from, to } = periodOf(month);
  return { first: from, last: shiftDay(to, -1) };
}

/** The calls that a change of prices may touch, as the re-pricing form has them. */
export function searchOf({ from, to, provider, model }: PriceRuleChanged["reprice"]): RepricingSearch {
  return {
    first: from?.slice(0, 10) ?? "",
    // the last day that belongs to a period which ends before an instant
    last: to ? new Date(Date.parse(to) - 1).toISOString().slice(0, 10) : "",
    ...(provider !== null && { provider }),
    ...(model !== null && { model }),
  };
}

export function repriceLinkFor(workspace: string): RepriceLink {
  return function repriceLink({ provider, model, month }, text, className) {
    return (
      <Link
        to="/w/$workspace/repricings"
        params={{ workspace }}
        search={{ provider, model, ...daysOf(month) }}
        className={className}
      >
        {text}
      </Link>
    );
  };
}

/** The offer that follows a change of prices: the same calls, filled in. */
export function RepriceButton({ workspace, search }: { workspace: string; search: RepricingSearch }) {
  return (
    <Link
      to="/w/$workspace/repricings"
      params={{ workspace }}
      search={search}
      className={buttonClass({ size: "sm" })}
    >
      Price past calls again…
    </Link>
  );
}
