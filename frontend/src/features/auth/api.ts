import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => unwrap(client.GET("/api/v1/me")),
  staleTime: 30_000,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: () => unwrap(client.GET("/api/v1/auth/sessions")),
});

export type Credentials = { email: string; password: string };

export const login = (body: Credentials) => unwrap(client.POST("/api/v1/auth/login", { body }));

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
