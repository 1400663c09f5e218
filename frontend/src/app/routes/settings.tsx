import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useNavigate, useRouter } from "@tanstack/react-router";

import type { Workspace } from "@/api/types";
import { PageHeader } from "@/components/layout/page-header";
import { identitiesQuery, meQuery } from "@/features/auth/api";
import { ConfirmAddressPrompt } from "@/features/auth/confirm-address-prompt";
import { EndAccountCard } from "@/features/auth/end-account-card";
import { LinkedCard } from "@/features/auth/linked-card";
import { NoPasswordCard } from "@/features/auth/no-password-card";
import { PasswordForm } from "@/features/auth/password-form";
import { ProfileForm } from "@/features/auth/profile-form";
import { SecondFactorCard } from "@/features/auth/second-factor-card";
import { SessionList } from "@/features/auth/session-list";
import { ApiKeyList } from "@/features/workspaces/api-key-list";
import { DeleteCard } from "@/features/workspaces/delete-card";
import { HandOverCard } from "@/features/workspaces/hand-over-card";
import { InvitationsCard } from "@/features/workspaces/invitations-card";
import { MemberList } from "@/features/workspaces/member-list";
import { RetentionCard } from "@/features/workspaces/retention-card";
import { isAdmin, isLeaving } from "@/features/workspaces/rules";
import { WorkspaceSettings } from "@/features/workspaces/workspace-settings";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/settings");

const accountRoute = getRouteApi("/signed-in/w/$workspace/settings/account");

const SECTIONS = [
  { to: "/w/$workspace/settings/api-keys", label: "API keys" },
  { to: "/w/$workspace/settings/workspace", label: "Workspace" },
  { to: "/w/$workspace/settings/members", label: "Members" },
  { to: "/w/$workspace/settings/audit", label: "Audit log", admins: true },
  { to: "/w/$workspace/settings/alerts", label: "Alerts" },
  { to: "/w/$workspace/settings/account", label: "Profile" },
  { to: "/w/$workspace/settings/sessions", label: "Sessions" },
] as const;

export function SettingsLayout() {
  useTitle("Settings");
  const params = route.useParams();
  const { workspace } = useCurrent();
  const sections = SECTIONS.filter((section) => !("admins" in section) || isAdmin(workspace.role));
  return (
    <>
      <PageHeader title="Settings" />
      <div className="grid gap-5 lg:grid-cols-[11rem_minmax(0,46rem)]">
        <nav aria-label="Settings" className="-mx-1 flex gap-1 overflow-x-auto px-1 pb-1 lg:flex-col">
          {sections.map(({ to, label }) => (
            <Link
              key={to}
              to={to}
              params={params}
              className="min-h-9 rounded-lg px-3 py-1.5 whitespace-nowrap text-ink-soft hover:bg-sunken data-[status=active]:bg-sunken data-[status=active]:font-semibold data-[status=active]:text-ink"
            >
              {label}
            </Link>
          ))}
        </nav>
        <div className="grid content-start gap-4">
          <Outlet />
        </div>
      </div>
    </>
  );
}

/** What the server says of this workspace and person now, not when the page was opened. */
function useCurrent() {
  const context = route.useRouteContext();
  const { data: me = context.me } = useQuery(meQuery);
  const workspace = me.workspaces.find(({ id }) => id === context.workspace.id) ?? context.workspace;
  return { user: me.user, workspace };
}

export function ApiKeysPage() {
  return <ApiKeyList workspace={useCurrent().workspace} />;
}

/** Asks again who one is and where one belongs, for the page and for the guards of its address. */
function useRefresh() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async () => {
    await queryClient.query({ ...meQuery, staleTime: 0 });
    await router.invalidate();
  };
}

export function MembersPage() {
  const { user, workspace } = useCurrent();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const mailPrompt = !user.email_verified && (
    <ConfirmAddressPrompt email={user.email}>
      Invite by mail once it is. With a link you can invite now.
    </ConfirmAddressPrompt>
  );
  const leave = async () => {
    await queryClient.query({ ...meQuery, staleTime: 0 });
    await navigate({ to: "/" });
  };
  return (
    <>
      <MemberList workspace={workspace} userId={user.id} onLeft={leave} />
      {isAdmin(workspace.role) && <InvitationsCard workspace={workspace} mailPrompt={mailPrompt} />}
      {workspace.role === "owner" && (
        <HandOverCard workspace={workspace} userId={user.id} onHandedOver={refresh} />
      )}
    </>
  );
}

export function WorkspacePage() {
  const { workspace } = useCurrent();
  const queryClient = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const toBanner = async () => {
    await refresh();
    // the banner stands above the page, and the button at its foot
    window.scrollTo({ top: 0 });
  };
  const adopt = async (saved: Workspace) => {
    await queryClient.query({ ...meQuery, staleTime: 0 });
    // The short name is part of the address: follow it before the guard looks again.
    await navigate({
      to: "/w/$workspace/settings/workspace",
      params: { workspace: saved.slug },
      replace: true,
    });
    await router.invalidate();
  };
  return (
    <>
      <WorkspaceSettings workspace={workspace} onSaved={adopt} />
      <RetentionCard workspace={workspace} />
      {workspace.role === "owner" && !isLeaving(workspace) && (
        <DeleteCard workspace={workspace} onAsked={toBanner} />
      )}
    </>
  );
}

export function AccountPage() {
  const { user, workspace } = useCurrent();
  const here = `/w/${workspace.slug}/settings/account`;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { error } = accountRoute.useSearch();
  const { data: linked } = useQuery(identitiesQuery);
  const hasPassword = linked?.has_password ?? true;
  const forget = async () => {
    await navigate({ to: "/sign-in", search: {} });
    queryClient.clear();
  };
  return (
    <>
      <ProfileForm user={user} />
      {hasPassword ? <PasswordForm /> : <NoPasswordCard user={user} />}
      <SecondFactorCard user={user} hasPassword={hasPassword} />
      <LinkedCard user={user} here={here} failure={error} />
      <EndAccountCard user={user} hasPassword={hasPassword} onDone={forget} />
    </>
  );
}

export function SessionsPage() {
  return <SessionList />;
}
