import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { ErrorState } from "@/components/ui/states";

import { askConfirmation } from "./api";

type PromptProps = { email: string; children: ReactNode };

/** Stands where something waits for a confirmed address, and says what. */
export function ConfirmAddressPrompt({ email, children }: PromptProps) {
  const ask = useMutation({ mutationFn: askConfirmation });
  if (ask.isSuccess) {
    return (
      <div role="status">
        <Notice title="Look into your mail">
          A link is on its way to <span className="break-all">{email}</span>. It works once, for 48 hours.
        </Notice>
      </div>
    );
  }
  return (
    <div className="grid gap-2">
      <Notice
        tone="warn"
        title="Your address is not confirmed yet"
        action={
          <Button
            look="secondary"
            size="sm"
            busy={ask.isPending}
            onClick={() => {
              ask.mutate();
            }}
          >
            Mail me the link
          </Button>
        }
      >
        {children}
      </Notice>
      {ask.error && <ErrorState error={ask.error} />}
    </div>
  );
}
