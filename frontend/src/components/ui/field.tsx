import { useId, type ComponentProps, type ReactNode } from "react";

type Props = ComponentProps<"input"> & { label: string; hint?: ReactNode; error?: string };

/** A labelled input whose hint and error are read out with it. */
export function Field({ label, hint, error, ...input }: Props) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-[0.9rem] font-medium">
        {label}
      </label>
      <input
        id={id}
        className="field"
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        {...input}
      />
      {hint && (
        <p id={`${id}-hint`} className="text-[0.85rem] text-ink-faint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-[0.85rem] text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
