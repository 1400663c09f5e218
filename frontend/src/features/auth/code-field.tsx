import { Field } from "@/components/ui/field";

type Props = { label?: string; hint?: string; error?: string; takesFocus?: boolean };

/** A code of the authenticator app, or one of the recovery codes. */
export function CodeField({ label = "Code", hint, error, takesFocus = false }: Props) {
  return (
    <Field
      label={label}
      name="code"
      autoComplete="one-time-code"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      required
      maxLength={64}
      className="font-mono tracking-wider"
      hint={hint}
      error={error}
      ref={takesFocus ? focus : undefined}
    />
  );
}

/** The page or its step just changed to this one field: whoever got here wants to type. */
function focus(input: HTMLInputElement | null) {
  input?.focus();
}
