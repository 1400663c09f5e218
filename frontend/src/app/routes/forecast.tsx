import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { Segmented } from "@/components/ui/segmented";
import { ForecastCard } from "@/features/forecasts/forecast-card";
import { PastCard } from "@/features/forecasts/past-card";
import type { ForecastSearch } from "@/features/forecasts/search";
import { currentMonth, shiftMonth } from "@/lib/dates";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/planning/forecast");
const LEDGERS = [
  { value: "tracked", label: "Tracked" },
  { value: "billed", label: "Billed" },
] as const;

export function ForecastPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/forecast" });
  useTitle(`Forecast, ${workspace.name}`);
  const ledger = search.ledger ?? "tracked";
  const change = (patch: ForecastSearch) =>
    void navigate({ search: (before) => ({ ...before, ...patch }), resetScroll: false });
  return (
    <>
      <PageHeader
        title="Forecast"
        hint="Where this month leads, how sure that is, and how good earlier words were."
      >
        <Segmented
          label="Ledger"
          value={ledger}
          options={LEDGERS}
          onChange={(next) => {
            change({ ledger: next });
          }}
        />
      </PageHeader>
      <div className="grid grid-cols-1 gap-3">
        <ForecastCard workspaceId={workspace.id} ledger={ledger} />
        <PastCard
          workspaceId={workspace.id}
          month={search.month ?? shiftMonth(currentMonth(), -1)}
          ledger={ledger}
          onMonth={(month) => {
            change({ month });
          }}
        />
      </div>
    </>
  );
}
