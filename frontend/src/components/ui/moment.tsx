import { ago, instantLabel } from "@/lib/dates";

import { useNow } from "./use-now";

/** "3 minutes ago" that stays true, with the exact instant on hover. */
export function Ago({ instant }: { instant: string }) {
  const now = useNow();
  return (
    <time dateTime={instant} title={instantLabel(instant)}>
      {ago(instant, now)}
    </time>
  );
}
