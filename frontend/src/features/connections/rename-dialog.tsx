import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { connectionsQuery, updateConnection } from "./api";

export function RenameDialog({ workspaceId, connection }: { workspaceId: string; connection: Connection }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const rename = useMutation({
    mutationFn: (label: string) => updateConnection(workspaceId, connection.id, { label }),
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
        aria-label={`Rename ${connection.label}`}
        onClick={() => {
          rename.reset();
          setOpen(true);
        }}
      >
        Rename
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Rename “${connection.label}”`}>
        <form
          className="grid gap-4"
          onSubmit={onSubmit((field) => {
            rename.mutate(field("label"));
          })}
        >
          {rename.error && <ErrorState error={rename.error} />}
          <Field
            label="Name"
            name="label"
            defaultValue={connection.label}
            required
            maxLength={80}
            error={fieldError(rename.error, "label")}
          />
          <Button type="submit" busy={rename.isPending}>
            Rename
          </Button>
        </form>
      </Dialog>
    </>
  );
}
