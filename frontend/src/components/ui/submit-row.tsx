import { Button } from "./button";

type Props = { label: string; busy: boolean; done: string | false };

/** A form's button, and beside it the word that it worked. */
export function SubmitRow({ label, busy, done }: Props) {
  return (
    <div className="flex items-center gap-3">
      <Button type="submit" busy={busy}>
        {label}
      </Button>
      <span role="status" className="text-[0.9rem] text-good">
        {done}
      </span>
    </div>
  );
}
