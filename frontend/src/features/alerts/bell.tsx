import { useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";

import { plural } from "@/lib/format";

import { unreadQuery } from "./api";

const MOST = 99;

/** The bell's words, for the link around it. */
export function useUnread(workspaceId: string) {
  const { data } = useQuery(unreadQuery(workspaceId));
  const unread = data?.unread ?? 0;
  return {
    unread,
    worst: data?.worst ?? null,
    label: `Alerts${unread > 0 ? `, ${plural(unread, "unread", "unread")}` : ""}`,
  };
}

export function BellIcon({ unread, worst }: Pick<ReturnType<typeof useUnread>, "unread" | "worst">) {
  return (
    <span aria-hidden="true" className="relative">
      <Bell className="size-4.5" />
      {unread > 0 && (
        <span
          className={`absolute -top-2 left-2 min-w-4.5 rounded-full px-1 text-center text-[0.68rem] leading-[1.125rem] font-semibold ${
            worst === "critical" ? "bg-bad text-sheet" : "bg-accent text-on-accent"
          }`}
        >
          {unread > MOST ? `${MOST}+` : unread}
        </span>
      )}
    </span>
  );
}
