import type { Role, Scope } from "@/api/types";

/** From the mightiest down, as the server ranks them. */
export const ROLES: readonly Role[] = ["owner", "admin", "member", "viewer"];

export function isAdmin(role: Role): boolean {
  return role === "owner" || role === "admin";
}

/** The roles a person may hand out: nobody gives more than they have. */
export function grantable(role: Role): readonly Role[] {
  return isAdmin(role) ? ROLES.slice(ROLES.indexOf(role)) : [];
}

export const FIRST_KEY: { name: string; scopes: Scope[] } = { name: "first key", scopes: ["ingest", "read"] };

export const SCOPES: readonly { value: Scope; label: string; hint: string }[] = [
  { value: "ingest", label: "ingest", hint: "Send calls." },
  { value: "read", label: "read", hint: "Ask for figures and calls." },
];
