import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate, useRouter } from "@tanstack/react-router";

import type { Workspace } from "@/api/types";
import { PlainPage } from "@/components/layout/plain-page";
import { ThemeButton } from "@/components/layout/theme-button";
import { meQuery } from "@/features/auth/api";
import { WorkspaceForm } from "@/features/workspaces/workspace-form";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/onboarding");

export function OnboardingPage() {
  useTitle("Name your workspace");
  const { me } = route.useRouteContext();
  const queryClient = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const isFirst = me.workspaces.length === 0;

  const open = async (workspace: Workspace) => {
    await queryClient.query({ ...meQuery, staleTime: 0 });
    await router.invalidate();
    await navigate({ to: "/w/$workspace/start", params: { workspace: workspace.slug } });
  };
  return (
    <PlainPage
      title={isFirst ? "Name your workspace" : "New workspace"}
      lead="A workspace holds your calls, keys and people, and nobody else's."
      tools={<ThemeButton />}
      footer={
        !isFirst && (
          <Link to="/" className="font-medium text-accent underline underline-offset-3">
            Back to the dashboard
          </Link>
        )
      }
    >
      <WorkspaceForm onCreated={open} />
    </PlainPage>
  );
}
