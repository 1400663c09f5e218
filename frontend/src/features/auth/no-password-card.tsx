import { useMutation } from "@tanstack/react-query";

import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/states";

import { askPasswordReset } from "./api";

/** For an account that only others sign in to: the link for a forgotten password chooses a first one. */
export function NoPasswordCard({ user }: { user: User }) {
  const ask = useMutation({ mutationFn: () => askPasswordReset(user.email) });
  return (
    <Card title="Password" hint="You have none yet: your linked sign-ins open this account.">
      {ask.error && <ErrorState error={ask.error} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          look="secondary"
          busy={ask.isPending}
          disabled={ask.isSuccess}
          onClick={() => {
            ask.mutate();
          }}
        >
          Mail me a link to choose one
        </Button>
        <span role="status" className="min-w-0 text-[0.9rem] break-words text-good">
          {ask.isSuccess && `On its way to ${user.email}.`}
        </span>
      </div>
    </Card>
  );
}
