import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { PageHeader } from "@/components/layout/page-header";
import { BookLookUp } from "@/features/pricing/book-look-up";
import { ChangeToast } from "@/features/pricing/change-toast";
import { OwnPrices } from "@/features/pricing/own-prices";
import { usePriceChanges } from "@/features/pricing/use-price-changes";
import { isAdmin } from "@/features/workspaces/rules";

import { RepriceButton, searchOf } from "@/app/reprice-link";
import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/pricing/prices");

export function PricesPage() {
  const { workspace } = route.useRouteContext();
  const { provider, model } = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/prices" });
  const changes = usePriceChanges(workspace.id);
  useTitle(`Prices, ${workspace.name}`);
  return (
    <>
      <PageHeader
        title="Prices"
        hint="Calls are priced by your own prices first, then by the price book, at the instant they were made."
      />
      <div className="grid grid-cols-1 gap-3">
        <OwnPrices workspaceId={workspace.id} mayEdit={isAdmin(workspace.role)} changes={changes} />
        <BookLookUp
          workspaceId={workspace.id}
          provider={provider}
          model={model}
          onLookUp={(search) => void navigate({ search, resetScroll: false })}
        />
      </div>
      <ChangeToast
        changes={changes}
        reprice={({ rules: [rule] }) =>
          rule && <RepriceButton workspace={workspace.slug} search={searchOf(rule.reprice)} />
        }
      />
    </>
  );
}
