import type { IngestStats } from "@/api/types";
import { Aside, Figure } from "@/components/ui/figure";
import { Ago } from "@/components/ui/moment";
import { count, percent, plural, ratio, UNKNOWN } from "@/lib/format";

import { duration } from "./health";

export function HealthFigures({ stats }: { stats: IngestStats }) {
  const { totals, lag_ms: lag, last_event_at: last } = stats;
  return (
    <dl aria-label="What arrived" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure label="Received">
        {count(totals.received)}
        <Aside>{last ? <LastEvent instant={last} /> : "no good event yet"}</Aside>
      </Figure>
      <Figure label="Stored">
        {count(totals.stored)}
        <Aside>
          {totals.duplicates === 0
            ? "none was sent again"
            : `${plural(totals.duplicates, "repeat")}, not counted twice · ${percent(stats.duplicate_share)}`}
        </Aside>
      </Figure>
      <Figure label="Rejected">
        {count(totals.rejected)}
        <Aside tone={totals.rejected > 0 ? "bad" : undefined}>
          {totals.rejected === 0 ? "all could be read" : `${ratio(totals.rejected, totals.received)} of all`}
        </Aside>
        {totals.refused_requests > 0 && (
          <Aside tone="bad">and {plural(totals.refused_requests, "whole request")}</Aside>
        )}
      </Figure>
      <Figure label="Arrival lag, p50">
        {duration(lag.p50)}
        <Aside>{lag.p50 === null ? UNKNOWN : `p95 ${duration(lag.p95)} · p99 ${duration(lag.p99)}`}</Aside>
      </Figure>
    </dl>
  );
}

function LastEvent({ instant }: { instant: string }) {
  return (
    <>
      last <Ago instant={instant} />
    </>
  );
}
