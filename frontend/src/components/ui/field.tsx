import { useId, type ComponentProps, type ReactNode } from "react";

import { cx } from "@/lib/cx";

type Words = { label: string; hint?: ReactNode; error?: string };
type Control = { id: string; "aria-invalid": true | undefined; "aria-describedby": string | undefined };

function Labelled({ label, hint, error, children }: Words & { children: (control: Control) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <label htmlFor={id} className="text-[0.9rem] font-medium">
        {label}
      </label>
      {children({
        id,
        "aria-invalid": error ? true : undefined,
        "aria-describedby": described || undefined,
      })}
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

/** A labelled input whose hint and error are read out with it. */
export function Field({ label, hint, error, className, ...input }: ComponentProps<"input"> & Words) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(control) => <input {...control} className={cx("field", className)} {...input} />}
    </Labelled>
  );
}

type ChoiceProps = Omit<ComponentProps<"select">, "onChange"> &
  Words & { options: readonly { value: string; label: string }[]; onChange?: (value: string) => void };

/** The same for a choice from a list. */
export function ChoiceField({ label, hint, error, options, onChange, className, ...select }: ChoiceProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(control) => (
        <select
          {...control}
          className={cx("field", className)}
          onChange={(event) => {
            onChange?.(event.target.value);
          }}
          {...select}
        >
          {options.map(({ value, label: text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

type CheckProps = { label: string; hint?: ReactNode; name?: string } & Pick<
  ComponentProps<"input">,
  "checked" | "defaultChecked" | "onChange"
>;

/** A box to tick, with its words beside it. */
export function CheckField({ label, hint, ...input }: CheckProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="mt-1 size-4 shrink-0 accent-accent"
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...input}
      />
      <div className="min-w-0 text-[0.93rem]">
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="text-[0.85rem] text-ink-faint">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
