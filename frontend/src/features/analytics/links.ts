import type { ReactNode } from "react";

import type { CallsSearch } from "./filters";

/** Makes a link to the calls that a filter names; the page knows the address, the feature does not. */
export type CallsLink = (filter: CallsSearch, text: ReactNode, className?: string) => ReactNode;

/** Makes a link to the re-pricing of a model's calls, filled in. */
export type RepriceLink = (
  calls: { provider: string; model: string; month: string },
  text: ReactNode,
  className?: string,
) => ReactNode;
