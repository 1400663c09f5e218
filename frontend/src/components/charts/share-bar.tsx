import type { Series } from "./types";

/** One bar in parts. Decoration: the figures stand beside it as text. */
export function ShareBar({ parts }: { parts: readonly (Series & { size: number })[] }) {
  return (
    <div aria-hidden="true" className="flex h-2.5 gap-px overflow-hidden rounded-full bg-sunken">
      {parts
        .filter(({ size }) => size > 0)
        .map(({ key, color, size }) => (
          <span
            key={key}
            className="h-full min-w-0.5"
            style={{ background: color, flexGrow: size, flexBasis: 0 }}
          />
        ))}
    </div>
  );
}
