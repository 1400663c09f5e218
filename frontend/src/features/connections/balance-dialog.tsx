import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { NewBalance } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { SkeletonRows } from "@/components/ui/states";

import { connectionsQuery, createBalance, creditsQuery, providersQuery } from "./api";
import { BalanceForm } from "./balance-form";

/** Takes a balance as a person reads it on the provider's page. */
export function BalanceDialog({ workspaceId }: { workspaceId: string }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const connections = useQuery({ ...connectionsQuery(workspaceId), enabled: open });
  const providers = useQuery({ ...providersQuery(workspaceId), enabled: open });
  const create = useMutation({
    mutationFn: (body: NewBalance) => createBalance(workspaceId, body),
    onSuccess: async () => {
      setOpen(false);
      await queryClient.invalidateQueries({ queryKey: creditsQuery(workspaceId).queryKey });
    },
  });
  return (
    <>
      <Button
        look="secondary"
        size="sm"
        onClick={() => {
          create.reset();
          setOpen(true);
        }}
      >
        Type in a balance
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Type in a balance"
        description="As the provider’s page shows it. What was spent follows from the next one, or from what the provider bills since."
      >
        {connections.isPending || providers.isPending ? (
          <SkeletonRows label="Looking up your connections" />
        ) : (
          // Without the lists, the provider is still named by hand.
          <BalanceForm
            connections={connections.data?.items ?? []}
            guides={providers.data?.items ?? []}
            busy={create.isPending}
            error={create.error}
            onSave={create.mutate}
          />
        )}
      </Dialog>
    </>
  );
}
