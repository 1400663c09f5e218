import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";

import type { Scope } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { apiKeysQuery, createApiKey } from "./api";
import { KeyReveal } from "./key-reveal";
import { SCOPES } from "./rules";

export function CreateKeyDialog({ workspaceId }: { workspaceId: string }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: (body: { name: string; scopes: Scope[] }) => createApiKey(workspaceId, body),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: apiKeysQuery(workspaceId).queryKey }),
  });
  const onOpenChange = (next: boolean) => {
    setOpen(next);
    // Closing forgets the secret.
    if (!next) create.reset();
  };
  return (
    <>
      <Button
        size="sm"
        onClick={() => {
          onOpenChange(true);
        }}
      >
        New key
      </Button>
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        title={create.data ? "Key created" : "New API key"}
        description={
          create.data ? undefined : "A key belongs to this workspace and may do what its scopes say."
        }
      >
        {create.data ? (
          <>
            <KeyReveal name={create.data.name} secret={create.data.key} />
            <div className="mt-4 flex justify-end">
              <Button
                look="secondary"
                onClick={() => {
                  onOpenChange(false);
                }}
              >
                I have stored it
              </Button>
            </div>
          </>
        ) : (
          <KeyForm busy={create.isPending} error={create.error} onCreate={create.mutate} />
        )}
      </Dialog>
    </>
  );
}

type FormProps = {
  busy: boolean;
  error: Error | null;
  onCreate: (body: { name: string; scopes: Scope[] }) => void;
};

function KeyForm({ busy, error, onCreate }: FormProps) {
  const [scopes, setScopes] = useState<Scope[]>(["ingest"]);
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        onCreate({ name: field("name"), scopes });
      })}
    >
      {error && <ErrorState error={error} />}
      <Field
        label="Name"
        name="name"
        placeholder="production server"
        required
        maxLength={80}
        error={fieldError(error, "name")}
      />
      <fieldset className="grid gap-2">
        <legend className="mb-1.5 text-[0.9rem] font-medium">Scopes</legend>
        {SCOPES.map(({ value, label, hint }) => (
          <ScopeBox
            key={value}
            label={label}
            hint={hint}
            checked={scopes.includes(value)}
            onChange={(checked) => {
              setScopes((now) => (checked ? [...now, value] : now.filter((scope) => scope !== value)));
            }}
          />
        ))}
      </fieldset>
      <Button type="submit" busy={busy} disabled={scopes.length === 0}>
        Create key
      </Button>
    </form>
  );
}

type BoxProps = { label: string; hint: string; checked: boolean; onChange: (checked: boolean) => void };

function ScopeBox({ label, hint, checked, onChange }: BoxProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="mt-1 size-4 accent-accent"
        checked={checked}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <label htmlFor={id}>
        <span className="font-mono text-[0.9rem]">{label}</span>{" "}
        <span className="text-[0.9rem] text-ink-faint">{hint}</span>
      </label>
    </div>
  );
}
