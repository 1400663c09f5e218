import type { Member, Role, Scope, Workspace } from "@/api/types";

/** From the mightiest down, as the server ranks them. */
export const ROLES: readonly Role[] = ["owner", "admin", "member", "viewer"];

export function isAdmin(role: Role): boolean {
  return role === "owner" || role === "admin";
}

/** The roles a person may hand out: nobody gives more than they have. */
export function grantable(role: Role): readonly Role[] {
  return isAdmin(role) ? ROLES.slice(ROLES.indexOf(role)) : [];
}

/** How a member is called here; the server tells API keys no addresses. */
export function nameOf(member: Member): string {
  return member.name || member.email || "Somebody";
}

/** Whether it is to be deleted, and can still be kept. */
export function isLeaving(workspace: Workspace): workspace is Workspace & { deletes_at: string } {
  return workspace.deletes_at !== null;
}

/** What each role may do, in few words. */
export const ROLE_HINTS: Record<Role, string> = {
  owner: "Everything, and hands the workspace over or deletes it.",
  admin: "Also changes members, keys, prices, budgets and connections.",
  member: "Reads everything, and answers alerts.",
  viewer: "Reads everything.",
};

export const FIRST_KEY: { name: string; scopes: Scope[] } = { name: "first key", scopes: ["ingest", "read"] };

export const SCOPES: readonly { value: Scope; label: string; hint: string }[] = [
  { value: "ingest", label: "ingest", hint: "Send calls." },
  { value: "read", label: "read", hint: "Ask for figures and calls." },
];
