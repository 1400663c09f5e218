import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import { isStatus } from "@/lib/errors";

const readMe = () => unwrap(client.GET("/api/v1/me"));

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: readMe,
  staleTime: 30_000,
});

/** Who is signed in, for pages that are open to strangers as well: null is nobody. */
export const visitorQuery = queryOptions({
  queryKey: ["visitor"],
  queryFn: async () => {
    try {
      return (await readMe()).user;
    } catch (error) {
      if (isStatus(error, 401)) return null;
      throw error;
    }
  },
  staleTime: 0,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: () => unwrap(client.GET("/api/v1/auth/sessions")),
});

export const secondFactorQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: () => unwrap(client.GET("/api/v1/me/second-factor")),
});

/** How one gets in here, besides a password, and whether strangers may sign up. */
export const entrancesQuery = queryOptions({
  queryKey: ["entrances"],
  queryFn: () => unwrap(client.GET("/api/v1/auth/providers")),
  staleTime: Infinity,
});

export const identitiesQuery = queryOptions({
  queryKey: ["identities"],
  queryFn: () => unwrap(client.GET("/api/v1/me/identities")),
});

/** The page of the provider to go to; it leads back to `next`, a path of ours. */
export const startSignIn = (provider: string, next: string) =>
  unwrap(
    client.POST("/api/v1/auth/providers/{provider}/start", {
      params: { path: { provider } },
      body: { next },
    }),
  );

export const startLinking = (provider: string, next: string) =>
  unwrap(
    client.POST("/api/v1/me/identities/{provider}/start", { params: { path: { provider } }, body: { next } }),
  );

export const unlink = (identityId: string) =>
  unwrap(
    client.DELETE("/api/v1/me/identities/{identity_id}", { params: { path: { identity_id: identityId } } }),
  );

export type Credentials = { email: string; password: string };

/** With `second_factor` in the answer nobody is signed in yet. */
export const login = (body: Credentials) => unwrap(client.POST("/api/v1/auth/login", { body }));

export const showSecondFactor = (code: string) =>
  unwrap(client.POST("/api/v1/auth/login/second-factor", { body: { code } }));

export const register = (body: Credentials & { name?: string }) =>
  unwrap(client.POST("/api/v1/auth/register", { body }));

export const logout = () => unwrap(client.POST("/api/v1/auth/logout"));

export const revokeSession = (sessionId: string) =>
  unwrap(
    client.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: sessionId } } }),
  );

export const revokeOtherSessions = () => unwrap(client.DELETE("/api/v1/auth/sessions"));

export const rename = (name: string) => unwrap(client.PATCH("/api/v1/me", { body: { name } }));

export const changePassword = (body: { current_password: string; new_password: string }) =>
  unwrap(client.POST("/api/v1/me/password", { body }));

/** The answer is the same whether or not there is such an account. */
export const askPasswordReset = (email: string) =>
  unwrap(client.POST("/api/v1/auth/password-reset", { body: { email } }));

export const resetPassword = (body: { token: string; new_password: string }) =>
  unwrap(client.POST("/api/v1/auth/password-reset/confirm", { body }));

/**
 * Redeems the link. A query and not a mutation, because the page asks as soon as it is there: however
 * often it is drawn, the link is used once.
 */
export const confirmationQuery = (token: string) =>
  queryOptions({
    queryKey: ["confirm-address", token],
    queryFn: () => unwrap(client.POST("/api/v1/auth/verify-email", { body: { token } })),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });

export const askConfirmation = () => unwrap(client.POST("/api/v1/me/email/verification"));

/** null for an account without a password: only others sign in to it. */
export const prepareSecondFactor = (password: string | null) =>
  unwrap(client.POST("/api/v1/me/second-factor", { body: { password } }));

export const confirmSecondFactor = (code: string) =>
  unwrap(client.POST("/api/v1/me/second-factor/confirm", { body: { code } }));

export const renewRecoveryCodes = (code: string) =>
  unwrap(client.POST("/api/v1/me/second-factor/recovery-codes", { body: { code } }));

export const disableSecondFactor = (body: { password?: string; code: string }) =>
  unwrap(client.POST("/api/v1/me/second-factor/disable", { body }));

export type Farewell = { email: string; password?: string; code?: string };

export const deleteAccount = (body: Farewell) => unwrap(client.POST("/api/v1/me/delete", { body }));
