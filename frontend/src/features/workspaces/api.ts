import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { CreatedApiKey, Role, Scope } from "@/api/types";

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });

export const membersQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["members", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/members", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

export const apiKeysQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["api-keys", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/api-keys", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

/**
 * A key's secret, from its making to the page that shows it. It lives in this page's memory alone:
 * a reload forgets it, which is what "shown once" promises.
 */
export const freshKeyQuery = (workspaceId: string) =>
  queryOptions<CreatedApiKey | null>({
    queryKey: ["fresh-api-key", workspaceId],
    queryFn: () => null,
    staleTime: Infinity,
    gcTime: Infinity,
  });

export const createWorkspace = (name: string) =>
  unwrap(client.POST("/api/v1/workspaces", { body: { name } }));

export const updateWorkspace = (workspaceId: string, body: { name?: string; slug?: string }) =>
  unwrap(
    client.PATCH("/api/v1/workspaces/{workspace_id}", { params: { path: inWorkspace(workspaceId) }, body }),
  );

export const createApiKey = (workspaceId: string, body: { name: string; scopes: Scope[] }) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/api-keys", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

export const revokeApiKey = (workspaceId: string, keyId: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/api-keys/{key_id}", {
      params: { path: { workspace_id: workspaceId, key_id: keyId } },
    }),
  );

export const changeRole = (workspaceId: string, userId: string, role: Role) =>
  unwrap(
    client.PATCH("/api/v1/workspaces/{workspace_id}/members/{user_id}", {
      params: { path: { workspace_id: workspaceId, user_id: userId } },
      body: { role },
    }),
  );

export const removeMember = (workspaceId: string, userId: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/members/{user_id}", {
      params: { path: { workspace_id: workspaceId, user_id: userId } },
    }),
  );

export const transferWorkspace = (workspaceId: string, userId: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/transfer", {
      params: { path: inWorkspace(workspaceId) },
      body: { user_id: userId },
    }),
  );

export const deleteWorkspace = (workspaceId: string, slug: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}", {
      params: { path: inWorkspace(workspaceId), query: { confirm: slug } },
    }),
  );

export const restoreWorkspace = (workspaceId: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/restore", { params: { path: inWorkspace(workspaceId) } }),
  );

export const invitationsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["invitations", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/invitations", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

/** With an email the link goes there and nowhere else; without one it is in this answer, this once. */
export const invite = (workspaceId: string, body: { role: Role; email?: string }) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/invitations", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

export const revokeInvitation = (workspaceId: string, invitationId: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/invitations/{invitation_id}", {
      params: { path: { workspace_id: workspaceId, invitation_id: invitationId } },
    }),
  );

/** What an invitation's link offers, for whoever has it. */
export const offerQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    queryFn: () => unwrap(client.POST("/api/v1/invitations/look", { body: { token } })),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });

export const acceptInvitation = (token: string) =>
  unwrap(client.POST("/api/v1/invitations/accept", { body: { token } }));

/** The page of a provider that signs in, also where sign-up is closed; it leads back to `/invitation`. */
export const startInvitedSignIn = (token: string, provider: string) =>
  unwrap(
    client.POST("/api/v1/invitations/providers/{provider}/start", {
      params: { path: { provider } },
      body: { token },
    }),
  );

export type Newcomer = { token: string; password: string; email?: string; name?: string };

export const joinAsNewcomer = (body: Newcomer) =>
  unwrap(client.POST("/api/v1/invitations/register", { body }));

export const retentionQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ["retention", workspaceId],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/retention", {
          params: { path: inWorkspace(workspaceId) },
        }),
      ),
  });

export const previewRetention = (workspaceId: string, days: number) =>
  unwrap(
    client.GET("/api/v1/workspaces/{workspace_id}/retention/preview", {
      params: { path: inWorkspace(workspaceId), query: { days } },
    }),
  );

export const changeRetention = (workspaceId: string, days: number | null) =>
  unwrap(
    client.PUT("/api/v1/workspaces/{workspace_id}/retention", {
      params: { path: inWorkspace(workspaceId) },
      body: { days },
    }),
  );
