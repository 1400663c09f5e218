import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { KindSettings } from "@/features/alerts/kind-settings";
import { QuietHoursCard } from "@/features/alerts/quiet-hours-card";
import { channelsQuery } from "@/features/channels/api";
import { ChannelList } from "@/features/channels/channel-list";
import { isAdmin } from "@/features/workspaces/rules";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/settings");

/** Who is told of what, where, and when not. */
export function AlertSettingsPage() {
  const { workspace } = route.useRouteContext();
  useTitle(`Alerts and channels, ${workspace.name}`);
  const mayEdit = isAdmin(workspace.role);
  const { data } = useQuery(channelsQuery(workspace.id));
  return (
    <>
      <ChannelList workspaceId={workspace.id} mayEdit={mayEdit} />
      <KindSettings workspaceId={workspace.id} mayEdit={mayEdit} channels={data?.items ?? []} />
      <QuietHoursCard workspaceId={workspace.id} mayEdit={mayEdit} />
    </>
  );
}
