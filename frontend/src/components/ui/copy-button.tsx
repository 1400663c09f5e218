import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { Button, type ButtonLook } from "./button";

const SHOWN_MS = 2_000;

type State = "idle" | "copied" | "failed";

const WORDS: Record<State, string> = { idle: "Copy", copied: "Copied", failed: "Select and copy by hand" };

/** Copies `text`; says so, and says so too when the browser refuses (no clipboard over plain HTTP). */
export function CopyButton({ text, label, ...look }: ButtonLook & { text: string; label: string }) {
  const [state, setState] = useState<State>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => {
      setState("idle");
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [state]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("failed");
    }
  };
  const Icon = state === "copied" ? Check : Copy;
  return (
    <Button
      look="secondary"
      size="sm"
      {...look}
      onClick={copy}
      aria-label={state === "idle" ? label : undefined}
    >
      <Icon aria-hidden="true" className="size-4" />
      <span aria-live="polite">{WORDS[state]}</span>
    </Button>
  );
}
