import { Link } from "@tanstack/react-router";

import { buttonClass } from "@/components/ui/button";
import { BellIcon, useUnread } from "@/features/alerts/bell";

/** Leads to the alerts, and says how many you have not seen. */
export function AlertBell({ workspace }: { workspace: { id: string; slug: string } }) {
  const { label, ...bell } = useUnread(workspace.id);
  return (
    <Link
      to="/w/$workspace/alerts"
      params={{ workspace: workspace.slug }}
      aria-label={label}
      title={label}
      className={buttonClass({ look: "quiet", size: "icon" })}
    >
      <BellIcon {...bell} />
    </Link>
  );
}
