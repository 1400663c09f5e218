/** What the way over a provider came back with, by the code that stands in the address. */
const WORDS: Record<string, { title: string; detail: string }> = {
  sign_in_cancelled: { title: "The sign-in was not finished", detail: "Try again, or use your password." },
  sign_in_expired: {
    title: "The sign-in took too long",
    detail: "Begin again, in the same window, and finish within ten minutes.",
  },
  sign_in_failed: {
    title: "The sign-in there did not work",
    detail: "The provider did not answer as it should. Try again in a moment, or use your password.",
  },
  no_verified_email: {
    title: "That account has no confirmed email address",
    detail: "Confirm the address there first, or sign in another way.",
  },
  account_not_verified: {
    title: "There is an account with this address that is not confirmed",
    detail: "Sign in with its password and confirm the address, or choose a new password.",
  },
  sign_up_closed: {
    title: "Sign-up is closed on this server",
    detail: "Somebody who is in already can invite you.",
  },
  identity_taken: {
    title: "Another account signs in with that already",
    detail: "Unlink it there first.",
  },
};

export function wordsFor(code: string): { title: string; detail: string } {
  return (
    WORDS[code] ?? { title: "The sign-in there did not work", detail: "Try again, or sign in another way." }
  );
}

/** A code as the server writes them; anything else in the address is not shown. */
export function failureCode(raw: unknown): string | undefined {
  return typeof raw === "string" && /^[a-z_]{1,64}$/.test(raw) ? raw : undefined;
}
