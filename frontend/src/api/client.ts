import createClient from "openapi-fetch";

import { ApiError, toProblem, unreachable } from "@/lib/errors";

import type { paths } from "./schema.gen";

export const client = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  // Looked up at each call, so that a test's mocked network is the one that answers.
  fetch: (request) => globalThis.fetch(request),
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of a good answer; anything else becomes an ApiError. */
export async function unwrap<T>(pending: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await pending.catch((reason: unknown) => {
    throw reason instanceof DOMException && reason.name === "AbortError" ? reason : unreachable();
  });
  if (!response.ok) throw new ApiError(toProblem(response.status, error));
  return data as T;
}
