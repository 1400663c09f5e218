const KEY = "tokenboard.invitation";

/** Keeps an invitation's token in this tab while its holder signs in with a provider. */
export function keepToken(token: string) {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Without storage the way back ends at a page that asks for the link again.
  }
}

export function keptToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function forgetToken() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // There is nothing to forget.
  }
}
