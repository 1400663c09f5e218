import type { Forecast } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Progress } from "@/components/ui/progress";
import { plural } from "@/lib/format";

/** The month's expected end with its interval; or how many days are missing until it can be said. */
export function ForecastWords({ forecast }: { forecast: Forecast }) {
  const { expected, low, high, currency, days_known: known, days_needed: needed } = forecast;
  if (expected === null || low === null || high === null) {
    return (
      <div className="grid gap-1.5">
        <p className="text-[1.05rem] font-semibold">
          Not yet: {known} of {needed} days
        </p>
        <p className="text-[0.93rem] text-ink-soft">
          A forecast needs {needed} whole days with a known cost; with fewer it would be a guess.
        </p>
        <Progress label="Whole days known" done={known} total={needed} />
      </div>
    );
  }
  return (
    <div className="grid gap-1">
      <p className="text-[1.35rem] leading-tight font-semibold">
        <Amount value={expected} currency={currency} />
      </p>
      <p className="text-[0.93rem] text-ink-soft">
        Four times out of five it ends between <Amount value={low} currency={currency} /> and{" "}
        <Amount value={high} currency={currency} />.
      </p>
      {(forecast.unpriced_calls ?? 0) > 0 && (
        <p className="text-[0.87rem] text-warn">
          {plural(forecast.unpriced_calls, "call")} without a price would come on top.
        </p>
      )}
    </div>
  );
}
