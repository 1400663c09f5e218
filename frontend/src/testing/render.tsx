import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";

import { createApp } from "@/app/create-app";
import { Providers } from "@/app/providers";
import { createQueryClient } from "@/lib/query";

/** Shows one part of a page with a cache of its own; failures are not tried again. */
export function show(part: ReactNode) {
  const queryClient = createQueryClient(() => undefined);
  queryClient.setDefaultOptions({ queries: { retry: false, gcTime: Infinity } });
  const view = render(<QueryClientProvider client={queryClient}>{part}</QueryClientProvider>);
  return { ...view, user: userEvent.setup(), queryClient };
}

/** Opens the whole application at an address. */
export function visit(address: string) {
  const history = createMemoryHistory({ initialEntries: [address] });
  const app = createApp(history);
  app.queryClient.setDefaultOptions({ queries: { retry: false, staleTime: 1_000 } });
  const view = render(<Providers app={app} />);
  return { ...view, user: userEvent.setup(), app, history };
}
