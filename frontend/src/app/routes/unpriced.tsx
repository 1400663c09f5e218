import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { MonthSwitcher } from "@/features/analytics/month-switcher";
import { UnpricedInbox } from "@/features/analytics/unpriced-inbox";
import { ChangeToast } from "@/features/pricing/change-toast";
import { MapModel } from "@/features/pricing/map-model";
import { PriceDialog } from "@/features/pricing/price-dialog";
import { usePriceChanges } from "@/features/pricing/use-price-changes";
import { isAdmin } from "@/features/workspaces/rules";
import { currentMonth, monthLabel } from "@/lib/dates";

import { daysOf, RepriceButton } from "@/app/reprice-link";
import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/pricing/unpriced");

export function UnpricedPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/unpriced" });
  const month = search.month ?? currentMonth();
  const changes = usePriceChanges(workspace.id);
  const mayEdit = isAdmin(workspace.role);
  useTitle(`Unpriced in ${monthLabel(month)}, ${workspace.name}`);
  return (
    <>
      <PageHeader
        title="Unpriced models"
        hint="Calls of these models have no cost, so they are in no amount. Unknown is never counted as zero."
      >
        <MonthSwitcher
          month={month}
          onChange={(next) =>
            void navigate({ search: next === currentMonth() ? {} : { month: next }, resetScroll: false })
          }
        />
      </PageHeader>
      <UnpricedInbox
        workspaceId={workspace.id}
        month={month}
        actions={({ provider, model, suggestions, is_priced_now: isPriced }) =>
          mayEdit && (
            <>
              {isPriced && (
                <RepriceButton
                  workspace={workspace.slug}
                  search={{ ...daysOf(month), provider, model, unpriced: "yes" }}
                />
              )}
              <MapModel
                workspaceId={workspace.id}
                changes={changes}
                of={{ provider, model }}
                suggestions={suggestions.map((each) => ({
                  provider: each.target_provider,
                  model: each.target_model,
                }))}
              />
              <PriceDialog
                changes={changes}
                prefill={{ kind: "rate", provider, model }}
                label="Set a price"
                look="secondary"
                size="sm"
              />
            </>
          )
        }
      />
      <ChangeToast
        changes={changes}
        reprice={({ rules: [rule] }) => (
          <RepriceButton
            workspace={workspace.slug}
            search={{
              ...daysOf(month),
              provider: rule?.provider,
              model: rule?.model_pattern,
              unpriced: "yes",
            }}
          />
        )}
      />
    </>
  );
}
