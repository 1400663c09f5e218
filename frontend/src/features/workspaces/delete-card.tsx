import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import type { Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { deleteWorkspace } from "./api";

type Props = { workspace: Workspace; onAsked: () => Promise<void> | void };

/** For owners, while it is not to be deleted already. */
export function DeleteCard({ workspace, onAsked }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Card title="Delete the workspace" hint="In fourteen days; until then it can be taken back.">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-72 text-[0.93rem] text-ink-soft">
          Calls, costs, bills, budgets, alerts, keys and the audit log: all of it goes.
        </p>
        <Button
          look="danger"
          onClick={() => {
            setOpen(true);
          }}
        >
          Delete workspace…
        </Button>
      </div>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Delete ${workspace.name}?`}
        description="From now on its keys only read: calls that your programs send are refused. Nobody is let in. All owners are told by mail, and each of them can keep it. In fourteen days everything in it is deleted for good."
      >
        <DeleteForm
          workspace={workspace}
          onKeep={() => {
            setOpen(false);
          }}
          onAsked={onAsked}
        />
      </Dialog>
    </Card>
  );
}

function DeleteForm({ workspace, onKeep, onAsked }: Props & { onKeep: () => void }) {
  const [typed, setTyped] = useState("");
  const ask = useMutation({
    mutationFn: (slug: string) => deleteWorkspace(workspace.id, slug),
    onSuccess: onAsked,
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        ask.mutate(field("confirm"));
      })}
    >
      {ask.error && <ErrorState error={ask.error} />}
      <Field
        label={`Type ${workspace.slug} to go on`}
        name="confirm"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        error={fieldError(ask.error, "confirm")}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onKeep}>
          Keep it
        </Button>
        <Button type="submit" look="danger" busy={ask.isPending} disabled={typed.trim() !== workspace.slug}>
          Delete in fourteen days
        </Button>
      </div>
    </form>
  );
}
