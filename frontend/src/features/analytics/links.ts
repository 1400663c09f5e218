import type { ReactNode } from "react";

import type { CallsSearch } from "./filters";

/** Makes a link to the calls that a filter names; the page knows the address, the feature does not. */
export type CallsLink = (filter: CallsSearch, text: ReactNode, className?: string) => ReactNode;
