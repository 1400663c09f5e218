import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { membersQuery } from "@/features/workspaces/api";

/** What the members of a workspace are called; null for who is none any more. */
export function useNames(workspaceId: string): (userId: string) => string | null {
  const { data } = useQuery(membersQuery(workspaceId));
  return useCallback(
    (userId) => {
      const member = data?.items.find(({ user_id: id }) => id === userId);
      return member ? member.name || member.email : null;
    },
    [data],
  );
}
