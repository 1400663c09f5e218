const LAST_WORKSPACE = "tokenboard.workspace";

/** A path of our own to come back to; an address of another site is not taken. */
export function returnPath(raw: unknown): string | undefined {
  if (typeof raw !== "string" || !/^\/(?![/\\])/.test(raw) || raw === "/") return undefined;
  return raw.startsWith("/sign-") ? undefined : raw;
}

export function rememberWorkspace(workspaceId: string) {
  try {
    localStorage.setItem(LAST_WORKSPACE, workspaceId);
  } catch {
    // Without storage the first workspace opens; nothing else is lost.
  }
}

export function lastWorkspace(): string | null {
  try {
    return localStorage.getItem(LAST_WORKSPACE);
  } catch {
    return null;
  }
}
