import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** What a mailed link carries behind its #; null when there is nothing. */
export function tokenIn(hash: string): string | null {
  return new URLSearchParams(hash).get("token") || null;
}

/**
 * The token of the link that opened this page. It is taken out of the address at once, so that neither
 * the history nor a picture of the screen keeps it; a reload forgets it.
 */
export function useLinkToken(): string | null {
  const hash = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate();
  const [token, setToken] = useState(() => tokenIn(hash));
  const arrived = tokenIn(hash);
  // another link, opened in the same tab
  if (arrived && arrived !== token) setToken(arrived);
  useEffect(() => {
    if (hash) void navigate({ to: ".", search: true, hash: "", replace: true });
  }, [hash, navigate]);
  return token;
}
