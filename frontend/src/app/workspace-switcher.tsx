import { useNavigate } from "@tanstack/react-router";
import { ChevronsUpDown, Plus } from "lucide-react";

import type { Workspace } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";

type Props = { current: Workspace; workspaces: readonly Workspace[] };

export function WorkspaceSwitcher({ current, workspaces }: Props) {
  const navigate = useNavigate();
  return (
    <Menu
      align="start"
      label={`Workspace: ${current.name}. Switch`}
      className={buttonClass({ look: "quiet", size: "sm" }, "max-w-full")}
      trigger={
        <>
          <span className="max-w-44 truncate text-[0.95rem] text-ink">{current.name}</span>
          <ChevronsUpDown aria-hidden="true" className="size-4 shrink-0 text-ink-faint" />
        </>
      }
    >
      <MenuLabel>Workspaces</MenuLabel>
      <MenuChoice
        value={current.slug}
        options={workspaces.map(({ slug, name }) => ({ value: slug, label: name }))}
        onChange={(workspace) => void navigate({ to: "/w/$workspace", params: { workspace } })}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: "/onboarding" })}>
        <Plus aria-hidden="true" className="size-4 text-ink-faint" />
        New workspace
      </MenuItem>
    </Menu>
  );
}
