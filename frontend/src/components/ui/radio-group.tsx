import { useId, type ReactNode } from "react";

type Option<T extends string> = { value: T; label: string; hint?: ReactNode };
type Props<T extends string> = {
  legend: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  error?: string;
};

/** A few choices that need a sentence each. */
export function RadioGroup<T extends string>({ legend, value, options, onChange, error }: Props<T>) {
  const id = useId();
  return (
    <fieldset className="grid min-w-0 grid-cols-1 gap-2" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1.5 text-[0.9rem] font-medium">{legend}</legend>
      {options.map((option) => (
        <div key={option.value} className="flex items-start gap-2.5">
          <input
            id={`${id}-${option.value}`}
            type="radio"
            name={id}
            className="mt-1 size-4 shrink-0 accent-accent"
            aria-describedby={option.hint ? `${id}-${option.value}-hint` : undefined}
            checked={option.value === value}
            onChange={() => {
              onChange(option.value);
            }}
          />
          <div className="min-w-0 text-[0.93rem]">
            <label htmlFor={`${id}-${option.value}`}>{option.label}</label>
            {option.hint && (
              <p id={`${id}-${option.value}-hint`} className="text-[0.85rem] text-ink-faint">
                {option.hint}
              </p>
            )}
          </div>
        </div>
      ))}
      {error && (
        <p id={`${id}-error`} className="text-[0.85rem] text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
