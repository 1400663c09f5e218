import type { Column, Series } from "@/components/charts/types";

type Props = { columns: readonly Column[]; series: readonly Series[]; onPickDay?: (start: string) => void };

const CELL = "px-3 py-1.5 text-right font-mono text-[0.82rem] whitespace-nowrap";

/** The chart's every figure as text, exact. */
export function TrendTable({ columns, series, onPickDay }: Props) {
  return (
    // A scrolling region must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
    <div tabIndex={0} role="region" aria-label="Trend as a table" className="max-h-96 overflow-auto">
      <table className="w-full border-separate border-spacing-0 text-[0.9rem]">
        <thead className="sticky top-0 z-10 bg-sheet">
          <tr className="[&>th]:border-b [&>th]:border-line-strong/50 [&>th]:px-3 [&>th]:py-2 [&>th]:font-semibold">
            <th scope="col" className="sticky left-0 bg-sheet text-left">
              When
            </th>
            <th scope="col" className="text-right">
              Total
            </th>
            {series.map(({ key, label }) => (
              <th key={key} scope="col" className="text-right whitespace-nowrap">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.id} className="[&>*]:border-b [&>*]:border-line">
              <th
                scope="row"
                className="sticky left-0 bg-sheet px-3 py-1.5 text-left font-normal whitespace-nowrap"
              >
                {onPickDay ? (
                  <button
                    type="button"
                    className="text-accent underline-offset-3 hover:underline"
                    onClick={() => {
                      onPickDay(column.id);
                    }}
                  >
                    {column.title}
                  </button>
                ) : (
                  column.title
                )}
                {column.note && <span className="block text-[0.8rem] text-warn">{column.note}</span>}
              </th>
              <td className={`${CELL} font-semibold`}>{column.total}</td>
              {series.map(({ key }) => (
                <td key={key} className={CELL}>
                  {column.rows.find((row) => row.key === key)?.text ?? (
                    <span className="text-ink-faint">·</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
