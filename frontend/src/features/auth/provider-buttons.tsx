import { useMutation, useQuery } from "@tanstack/react-query";
import { LogIn } from "lucide-react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";
import { leaveFor } from "@/lib/leave";

import { entrancesQuery } from "./api";

type Props = {
  /** Asks for the page of the provider with this id. */
  start: (provider: string) => Promise<{ url: string }>;
  /** Just before the browser leaves. */
  onLeave?: () => void;
};

/** A button for each provider that is set up on this server, below the form; nothing where there is none. */
export function ProviderButtons({ start, onLeave }: Props) {
  const { data } = useQuery(entrancesQuery);
  const go = useMutation({
    mutationFn: start,
    onSuccess: ({ url }) => {
      onLeave?.();
      leaveFor(url);
    },
    meta: { quiet401: true },
  });
  if (!data?.providers.length) return null;
  return (
    <div className="mt-5 grid gap-2.5">
      <p className="flex items-center gap-3 text-[0.85rem] text-ink-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {go.error && <ErrorState error={go.error} />}
      {data.providers.map(({ id, name }) => (
        <Button
          key={id}
          look="secondary"
          // once it worked, the browser is on its way
          busy={(go.isPending || go.isSuccess) && go.variables === id}
          onClick={() => {
            go.mutate(id);
          }}
        >
          <LogIn aria-hidden="true" className="size-4 text-ink-faint" />
          Continue with {name}
        </Button>
      ))}
    </div>
  );
}
