import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";

import type { Connection, Deletion } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { deleteConnection, deletionQuery, refreshFigures } from "./api";
import { holdingsText } from "./rules";

type Data = "keep" | "delete";
type Props = { workspaceId: string; connection: Connection };

/** Says what a deletion would do to the data before anything can be deleted, and asks which of the two. */
export function DeleteDialog({ workspaceId, connection }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        className="text-bad"
        aria-label={`Delete ${connection.label}`}
        onClick={() => {
          setOpen(true);
        }}
      >
        Delete
      </Button>
      {open && <Asking workspaceId={workspaceId} connection={connection} onOpenChange={setOpen} />}
    </>
  );
}

function Asking({
  workspaceId,
  connection,
  onOpenChange,
}: Props & { onOpenChange: (open: boolean) => void }) {
  const [data, setData] = useState<Data>("keep");
  const queryClient = useQueryClient();
  const held = useQuery(deletionQuery(workspaceId, connection.id));
  const remove = useMutation({
    mutationFn: () => deleteConnection(workspaceId, connection.id, data),
    onSuccess: async () => {
      onOpenChange(false);
      await refreshFigures(queryClient, workspaceId);
    },
  });
  const title = `Delete “${connection.label}”?`;
  if (!held.data) {
    return (
      <Dialog open onOpenChange={onOpenChange} title={title}>
        {held.error ? (
          <ErrorState error={held.error} onRetry={() => void held.refetch()} />
        ) : (
          <SkeletonRows label="Looking up what it brought" rows={2} />
        )}
      </Dialog>
    );
  }
  return (
    <Confirm
      open
      onOpenChange={onOpenChange}
      title={title}
      choice={<Choices held={held.data} value={data} onChange={setData} />}
      action={data === "delete" ? "Delete connection and data" : "Delete connection"}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        remove.mutate();
      }}
    >
      {holdingsText(held.data)}
    </Confirm>
  );
}

type ChoicesProps = { held: Deletion; value: Data; onChange: (data: Data) => void };

function Choices({ held, value, onChange }: ChoicesProps) {
  return (
    <fieldset className="grid gap-3">
      <legend className="sr-only">What becomes of the data</legend>
      <Choice
        label="Keep the data"
        hint={held.keep}
        isChosen={value === "keep"}
        onChoose={() => {
          onChange("keep");
        }}
      />
      <Choice
        label="Delete the data, too"
        hint={held.delete}
        isChosen={value === "delete"}
        onChoose={() => {
          onChange("delete");
        }}
      />
    </fieldset>
  );
}

type ChoiceProps = { label: string; hint: string; isChosen: boolean; onChoose: () => void };

function Choice({ label, hint, isChosen, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="radio"
        name="data"
        className="mt-1 size-4 shrink-0 accent-accent"
        aria-describedby={`${id}-hint`}
        checked={isChosen}
        onChange={onChoose}
      />
      <div className="min-w-0 text-[0.93rem]">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <p id={`${id}-hint`} className="text-[0.87rem] text-ink-soft">
          {hint}
        </p>
      </div>
    </div>
  );
}
