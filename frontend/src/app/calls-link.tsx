import { Link } from "@tanstack/react-router";

import type { CallsLink } from "@/features/analytics/links";

export function callsLinkFor(workspace: string): CallsLink {
  return function callsLink(search, text, className) {
    return (
      <Link to="/w/$workspace/calls" params={{ workspace }} search={search} className={className}>
        {text}
      </Link>
    );
  };
}
