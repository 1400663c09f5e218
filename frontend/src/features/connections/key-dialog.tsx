import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/states";
import { onSubmit } from "@/lib/form";

import { connectionsQuery, providersQuery, rotateKey } from "./api";
import { KeyField } from "./key-field";
import { blamesField } from "./rules";

/** Another key of the same account; the old one goes on until the new one was tried. */
export function KeyDialog({ workspaceId, connection }: { workspaceId: string; connection: Connection }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const { data: providers } = useQuery({ ...providersQuery(workspaceId), enabled: open });
  const guide = providers?.items.find(
    ({ provider, mode }) => provider === connection.provider && mode === connection.mode,
  );
  const rotate = useMutation({
    mutationFn: (key: string) => rotateKey(workspaceId, connection.id, key),
    onSuccess: async () => {
      setOpen(false);
      await queryClient.invalidateQueries({ queryKey: connectionsQuery(workspaceId).queryKey });
    },
  });
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        aria-label={`Change the key of ${connection.label}`}
        onClick={() => {
          rotate.reset();
          setOpen(true);
        }}
      >
        Change key
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Change the key of “${connection.label}”`}
        description="A new key of the same account. It is tried first; until it works, the old one stays."
      >
        <form
          className="grid gap-4"
          onSubmit={onSubmit((field) => {
            rotate.mutate(field("api_key"));
          })}
        >
          {rotate.error && !blamesField(rotate.error, ["api_key"]) && <ErrorState error={rotate.error} />}
          <KeyField guide={guide} error={rotate.error} />
          <Button type="submit" busy={rotate.isPending}>
            Try and change it
          </Button>
        </form>
      </Dialog>
    </>
  );
}
