import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { createApiKey, createWorkspace, freshKeyQuery } from "./api";
import { FIRST_KEY } from "./rules";

/** Names a new workspace and makes its first key, which the next page shows once. */
export function WorkspaceForm({ onCreated }: { onCreated: (workspace: Workspace) => void }) {
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: async (name: string) => {
      const workspace = await createWorkspace(name);
      // Without its key the workspace still stands, and the next page offers to make one.
      const key = await createApiKey(workspace.id, FIRST_KEY).catch(() => null);
      queryClient.setQueryData(freshKeyQuery(workspace.id).queryKey, key);
      return workspace;
    },
    onSuccess: onCreated,
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        create.mutate(field("name"));
      })}
    >
      {create.error && <ErrorState error={create.error} />}
      <Field
        label="Workspace name"
        name="name"
        placeholder="Acme"
        hint="Your company or team. You can rename it later."
        required
        maxLength={80}
        autoComplete="organization"
        error={fieldError(create.error, "name")}
      />
      <Button type="submit" busy={create.isPending}>
        Create workspace
      </Button>
    </form>
  );
}
