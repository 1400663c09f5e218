import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleUserRound, LogOut, MonitorSmartphone, UserRound } from "lucide-react";

import type { User, Workspace } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { logout } from "@/features/auth/api";

/** Signs out, on the server first; only then is what this page remembers thrown away. */
export function useSignOut() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: logout,
    onSuccess: async () => {
      queryClient.removeQueries({ queryKey: ["me"] });
      await navigate({ to: "/sign-in", search: {} });
      queryClient.clear();
    },
  });
}

export function AccountMenu({ user, workspace }: { user: User; workspace: Workspace }) {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const params = { workspace: workspace.slug };
  return (
    <>
      {signOut.error && (
        <span role="alert" className="text-[0.87rem] text-bad">
          Not signed out. Try again.
        </span>
      )}
      <Menu
        label="Your account"
        className={buttonClass({ look: "quiet", size: "icon" })}
        trigger={<CircleUserRound aria-hidden="true" className="size-5" />}
      >
        <MenuLabel>
          <span className="block max-w-60 truncate">{user.name || user.email}</span>
          {user.name && <span className="block max-w-60 truncate font-normal">{user.email}</span>}
        </MenuLabel>
        <MenuItem onSelect={() => void navigate({ to: "/w/$workspace/settings/account", params })}>
          <UserRound aria-hidden="true" className="size-4 text-ink-faint" />
          Profile and password
        </MenuItem>
        <MenuItem onSelect={() => void navigate({ to: "/w/$workspace/settings/sessions", params })}>
          <MonitorSmartphone aria-hidden="true" className="size-4 text-ink-faint" />
          Sessions
        </MenuItem>
        <MenuSeparator />
        <MenuItem
          onSelect={() => {
            signOut.mutate();
          }}
        >
          <LogOut aria-hidden="true" className="size-4 text-ink-faint" />
          Sign out
        </MenuItem>
      </Menu>
    </>
  );
}
