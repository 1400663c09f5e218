import type { Series } from "./types";

export function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-[0.86rem] text-ink-soft">
      {series.map(({ key, label, color }) => (
        <li key={key} className="flex max-w-56 items-center gap-2">
          <span aria-hidden="true" className="size-2.5 shrink-0 rounded-xs" style={{ background: color }} />
          <span className="truncate" title={label}>
            {label}
          </span>
        </li>
      ))}
    </ul>
  );
}
