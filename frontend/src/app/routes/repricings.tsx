import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { PageHeader } from "@/components/layout/page-header";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { RepricingDetail } from "@/features/repricings/repricing-detail";
import { RepricingForm } from "@/features/repricings/repricing-form";
import { RepricingList } from "@/features/repricings/repricing-list";
import { isAdmin } from "@/features/workspaces/rules";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/pricing/repricings");

export function RepricingsPage() {
  const { workspace } = route.useRouteContext();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/w/$workspace/repricings" });
  useTitle(`Re-pricing, ${workspace.name}`);
  const mayEdit = isAdmin(workspace.role);
  const detail = useRef<HTMLDivElement>(null);
  // What is opened stands above all else, so the reader goes there.
  useEffect(() => {
    detail.current?.focus();
  }, [search.id]);
  const open = (id: string) => void navigate({ search: (before) => ({ ...before, id }) });
  return (
    <>
      <PageHeader
        title="Re-pricing"
        hint="A change of prices never rewrites the past by itself. Preview what it would change, apply it, undo it."
      />
      <div className="grid grid-cols-1 gap-3">
        {search.id !== undefined && (
          <div ref={detail} tabIndex={-1} className="outline-none">
            <RepricingDetail
              key={search.id}
              workspaceId={workspace.id}
              id={search.id}
              mayEdit={mayEdit}
              onStarted={({ id }) => {
                open(id);
              }}
            />
          </div>
        )}
        {mayEdit ? (
          <Card title="Price past calls again" hint="A preview first; nothing changes until you apply it.">
            <RepricingForm
              // filled in anew by another address
              key={[search.first, search.last, search.provider, search.model, search.unpriced].join("|")}
              workspaceId={workspace.id}
              search={search}
              onStarted={({ id }) => {
                open(id);
              }}
            />
          </Card>
        ) : (
          <Notice title="Owners and admins price calls again">You can read what they did and found.</Notice>
        )}
        <RepricingList workspaceId={workspace.id} openId={search.id} onOpen={open} />
      </div>
    </>
  );
}
