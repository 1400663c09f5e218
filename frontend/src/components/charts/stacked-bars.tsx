import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from "recharts";

import type { Column, Series } from "./types";

type Props = {
  label: string;
  columns: readonly Column[];
  series: readonly Series[];
  formatTick: (tick: number) => string;
  onPick?: (columnId: string) => void;
};

const AXIS = { fill: "var(--ink-faint)", fontSize: 12 } as const;

/** Bars stacked by series. Arrow keys walk the columns once the chart has the focus. */
export function StackedBars({ label, columns, series, formatTick, onPick }: Props) {
  return (
    <BarChart
      // Recharts stacks in the order in which bars were first seen: another order needs a new chart.
      key={series.map(({ key }) => key).join("\n")}
      responsive
      accessibilityLayer
      title={label}
      data={columns}
      className={onPick && "[&_.recharts-surface]:cursor-pointer"}
      style={{ width: "100%", height: "100%" }}
      margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
      barCategoryGap="18%"
      onClick={(state) => {
        const picked = columns[Number(state.activeTooltipIndex ?? -1)];
        if (picked) onPick?.(picked.id);
      }}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis
        dataKey="tick"
        tick={AXIS}
        tickLine={false}
        axisLine={{ stroke: "var(--line-strong)" }}
        minTickGap={18}
      />
      <YAxis tick={AXIS} tickLine={false} axisLine={false} width="auto" tickFormatter={formatTick} />
      <Tooltip
        isAnimationActive={false}
        cursor={{ fill: "var(--ink)", fillOpacity: 0.06 }}
        wrapperStyle={{ zIndex: 30, outline: "none" }}
        content={({ active, payload }) => {
          const column = payload[0]?.payload as Column | undefined;
          return active && column ? <ColumnCard column={column} /> : null;
        }}
      />
      {series.map(({ key, label: name, color }) => (
        <Bar
          key={key}
          name={name}
          stackId="all"
          dataKey={(column: Column) => column.heights[key] ?? 0}
          fill={color}
          stroke="var(--sheet)"
          strokeWidth={0.75}
          maxBarSize={44}
          isAnimationActive={false}
        />
      ))}
    </BarChart>
  );
}

function ColumnCard({ column }: { column: Column }) {
  return (
    <div className="max-w-[19rem] rounded-xl border border-line bg-sheet p-3 text-[0.87rem] shadow-lift">
      <p className="mb-1.5 font-semibold">{column.title}</p>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5">
        {column.rows.map((row) => (
          <div key={row.key} className="contents">
            <dt className="flex min-w-0 items-center gap-2 text-ink-soft">
              <span
                aria-hidden="true"
                className="size-2.5 shrink-0 rounded-xs"
                style={{ background: row.color }}
              />
              <span className="truncate">{row.label}</span>
            </dt>
            <dd className="text-right font-mono text-[0.82rem]">{row.text}</dd>
          </div>
        ))}
        <dt className="mt-1 border-t border-line pt-1 font-semibold">Total</dt>
        <dd className="mt-1 border-t border-line pt-1 text-right font-mono text-[0.82rem] font-semibold">
          {column.total}
        </dd>
      </dl>
      {column.note && <p className="mt-1.5 text-warn">{column.note}</p>}
    </div>
  );
}
