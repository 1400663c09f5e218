import { getRouteApi, useNavigate } from "@tanstack/react-router";

import type { UnpricedModel, Workspace } from "@/api/types";
import { PageHeader } from "@/components/layout/page-header";
import { MonthSwitcher } from "@/features/analytics/month-switcher";
import { mayBeMapped, mayBePriced } from "@/features/analytics/rules";
import { UnpricedInbox } from "@/features/analytics/unpriced-inbox";
import { ChangeToast } from "@/features/pricing/change-toast";
import { MapModel } from "@/features/pricing/map-model";
import { PriceDialog } from "@/features/pricing/price-dialog";
import { usePriceChanges, type PriceChanges } from "@/features/pricing/use-price-changes";
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
        actions={(model) =>
          mayEdit && <Actions workspace={workspace} month={month} of={model} changes={changes} />
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

type ActionsProps = { workspace: Workspace; month: string; of: UnpricedModel; changes: PriceChanges };

/** What mends a model: saying which one it is, giving it a price, or, once it has one, pricing its calls again. */
function Actions({ workspace, month, of: { provider, model, ...found }, changes }: ActionsProps) {
  return (
    <>
      {found.is_priced_now ? (
        <RepriceButton
          workspace={workspace.slug}
          search={{ ...daysOf(month), provider, model, unpriced: "yes" }}
        />
      ) : (
        mayBeMapped(found.reasons) && (
          <MapModel
            workspaceId={workspace.id}
            changes={changes}
            of={{ provider, model }}
            suggestions={found.suggestions.map((each) => ({
              provider: each.target_provider,
              model: each.target_model,
            }))}
          />
        )
      )}
      {mayBePriced(found.reasons) && (
        <PriceDialog
          changes={changes}
          prefill={{ kind: "rate", provider, model }}
          label="Set a price"
          look="secondary"
          size="sm"
        />
      )}
    </>
  );
}
