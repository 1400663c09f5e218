import { useMutation } from "@tanstack/react-query";

import type { Workspace } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { SubmitRow } from "@/components/ui/submit-row";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { updateWorkspace } from "./api";
import { isAdmin } from "./rules";

type Props = { workspace: Workspace; onSaved: (workspace: Workspace) => Promise<void> | void };

export function WorkspaceSettings({ workspace, onSaved }: Props) {
  const mayEdit = isAdmin(workspace.role);
  const save = useMutation({
    mutationFn: (body: { name: string; slug: string }) => updateWorkspace(workspace.id, body),
    onSuccess: onSaved,
  });
  return (
    <Card title="Workspace" hint={mayEdit ? undefined : "Owners and admins may change these."}>
      <form
        className="grid max-w-md gap-4"
        onSubmit={onSubmit((field) => {
          save.mutate({ name: field("name"), slug: field("slug") });
        })}
      >
        {save.error && <ErrorState error={save.error} />}
        <Field
          label="Name"
          name="name"
          defaultValue={workspace.name}
          disabled={!mayEdit}
          required
          error={fieldError(save.error, "name")}
        />
        <Field
          label="Short name in addresses"
          name="slug"
          defaultValue={workspace.slug}
          disabled={!mayEdit}
          required
          pattern="[a-z0-9]+(-[a-z0-9]+)*"
          title="Lower-case letters, digits and single hyphens"
          hint="Lower-case letters, digits and hyphens. Old links with another short name stop working."
          error={fieldError(save.error, "slug")}
        />
        {mayEdit && <SubmitRow label="Save" busy={save.isPending} done={save.isSuccess && "Saved."} />}
      </form>
      <dl className="mt-6 grid gap-x-6 gap-y-1 border-t border-line pt-4 text-[0.9rem] sm:grid-cols-[auto_1fr]">
        <dt className="text-ink-faint">Workspace id</dt>
        <dd className="font-mono text-[0.85rem] break-all">{workspace.id}</dd>
        <dt className="text-ink-faint">Your role</dt>
        <dd>{workspace.role}</dd>
      </dl>
    </Card>
  );
}
