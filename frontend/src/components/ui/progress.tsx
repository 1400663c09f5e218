import { count } from "@/lib/format";

type Props = { label: string; done: number; total: number | null };

/** How far a job is: "12,000 of 41,212 calls", and a bar. Without a total only the count is known. */
export function Progress({ label, done, total }: Props) {
  return (
    <div className="grid gap-1.5">
      <p className="text-[0.9rem] text-ink-soft" role="status">
        {label}: {total === null ? count(done) : `${count(done)} of ${count(total)}`}
      </p>
      <progress
        aria-label={label}
        className="progress"
        value={total === null ? undefined : done}
        max={Math.max(total ?? 1, 1)}
      />
    </div>
  );
}
