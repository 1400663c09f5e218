import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { ApiError, isStatus } from "./errors";

declare module "@tanstack/react-query" {
  // Merging into the library's declaration takes an interface.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Register {
    defaultError: Error;
    // `quiet401`: the caller answers a 401 itself (a wrong password is not a lost session).
    mutationMeta: { quiet401?: boolean };
  }
}

/** Live figures are asked for again this often while the page is visible. */
export const LIVE_MS = 5_000;

const MAX_RETRIES = 2;

/** Only what may pass by itself is tried again: no answer, or the server's own failure. */
function worthRetrying(failures: number, error: Error): boolean {
  const status = error instanceof ApiError ? error.status : 0;
  return failures < MAX_RETRIES && (status === 0 || status >= 500);
}

export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (isStatus(error, 401)) onSignedOut();
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (isStatus(error, 401) && !mutation.meta?.quiet401) onSignedOut();
      },
    }),
    defaultOptions: { queries: { retry: worthRetrying, staleTime: 1_000 } },
  });
}
