import type { Figure as Totals } from "@/api/types";
import { ShareBar } from "@/components/charts/share-bar";
import { SHEET } from "@/components/ui/figure";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";

import { tokenKinds } from "./rules";

export function Tokens({ total }: { total: Totals }) {
  const kinds = tokenKinds(total);
  return (
    <div className={cx(SHEET, "col-span-full p-4")}>
      <dt className="eyebrow mb-2.5">Tokens by kind</dt>
      <dd>
        <ShareBar parts={kinds.map((kind) => ({ ...kind, size: kind.size ?? 0 }))} />
        <ul className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-5">
          {kinds.map(({ key, label, color, size }) => (
            <li key={key} className="min-w-0">
              <span className="flex items-center gap-1.5 text-[0.86rem] text-ink-faint">
                <span
                  aria-hidden="true"
                  className="size-2.5 shrink-0 rounded-xs"
                  style={{ background: color }}
                />
                {label}
              </span>
              <span className="font-medium">{count(size)}</span>
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}
