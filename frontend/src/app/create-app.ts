import type { QueryClient } from "@tanstack/react-query";
import type { RouterHistory } from "@tanstack/react-router";

import { createQueryClient } from "@/lib/query";

import { createAppRouter, type AppRouter } from "./router";
import { returnPath } from "./session";

export type App = { queryClient: QueryClient; router: AppRouter };

/** Router and cache, tied so that a lost session leads to the sign-in page and back again. */
export function createApp(history?: RouterHistory): App {
  const queryClient = createQueryClient(() => {
    const here = router.state.location;
    if (here.pathname.startsWith("/sign-")) return;
    queryClient.removeQueries({ queryKey: ["me"] });
    void router.navigate({ to: "/sign-in", search: { redirect: returnPath(here.href) } });
  });
  const router = createAppRouter(queryClient, history);
  return { queryClient, router };
}
