import { Area, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from "recharts";

/** One day of a path. Numbers are pixels only; `rows` say the figures in the tooltip, exactly. */
export type PathPoint = {
  id: string;
  tick: string;
  title: string;
  spent?: number;
  expected?: number;
  band?: readonly [number, number];
  rows: readonly { label: string; text: string }[];
};

type Props = {
  label: string;
  points: readonly PathPoint[];
  formatTick: (tick: number) => string;
  /** Whether the axis begins at nothing; else close to the lowest point, where the differences are. */
  isFromZero?: boolean;
};

const AXIS = { fill: "var(--ink-faint)", fontSize: 12 } as const;

/** A line of what is known, a dashed one of what is expected, and the band in which it is expected. */
export function PathChart({ label, points, formatTick, isFromZero = true }: Props) {
  return (
    <ComposedChart
      responsive
      accessibilityLayer
      title={label}
      data={points}
      style={{ width: "100%", height: "100%" }}
      margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis
        dataKey="tick"
        tick={AXIS}
        tickLine={false}
        axisLine={{ stroke: "var(--line-strong)" }}
        minTickGap={18}
      />
      <YAxis
        tick={AXIS}
        tickLine={false}
        axisLine={false}
        width="auto"
        domain={[isFromZero ? 0 : "auto", "auto"]}
        tickFormatter={formatTick}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={{ stroke: "var(--ink)", strokeOpacity: 0.25 }}
        wrapperStyle={{ zIndex: 30, outline: "none" }}
        content={({ active, payload }) => {
          const point = payload[0]?.payload as PathPoint | undefined;
          return active && point ? <PointCard point={point} /> : null;
        }}
      />
      <Area
        dataKey="band"
        type="linear"
        stroke="none"
        fill="var(--series-2)"
        fillOpacity={0.2}
        isAnimationActive={false}
        activeDot={false}
      />
      <Line
        dataKey="expected"
        type="linear"
        stroke="var(--series-2)"
        strokeWidth={2}
        strokeDasharray="5 4"
        dot={false}
        isAnimationActive={false}
      />
      <Line
        dataKey="spent"
        type="linear"
        stroke="var(--series-1)"
        strokeWidth={2.5}
        dot={false}
        isAnimationActive={false}
      />
    </ComposedChart>
  );
}

function PointCard({ point }: { point: PathPoint }) {
  return (
    <div className="max-w-[19rem] rounded-xl border border-line bg-sheet p-3 text-[0.87rem] shadow-lift">
      <p className="mb-1.5 font-semibold">{point.title}</p>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5">
        {point.rows.map(({ label, text }) => (
          <div key={label} className="contents">
            <dt className="text-ink-soft">{label}</dt>
            <dd className="text-right font-mono text-[0.82rem]">{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
