import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import type { Role, Workspace } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ChoiceField, Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { ErrorState } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { invitationsQuery, invite } from "./api";
import { LinkReveal } from "./link-reveal";
import { grantable, ROLE_HINTS } from "./rules";

const WAYS = [
  { value: "mail", label: "By mail" },
  { value: "link", label: "With a link" },
] as const;

type Way = (typeof WAYS)[number]["value"];
type Props = { workspace: Workspace; mailPrompt?: ReactNode };

export function InviteForm({ workspace, mailPrompt }: Props) {
  const [way, setWay] = useState<Way>(mailPrompt ? "link" : "mail");
  const [role, setRole] = useState<Role>("member");
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: (email: string | null) => invite(workspace.id, { role, ...(email && { email }) }),
    // the link is a secret: it stays no longer than the page that shows it
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: invitationsQuery(workspace.id).queryKey }),
  });
  const made = create.data;
  return (
    <div className="grid gap-4">
      <div className="flex">
        <Segmented
          label="How to invite"
          value={way}
          options={WAYS}
          onChange={(next) => {
            create.reset();
            setWay(next);
          }}
        />
      </div>
      {way === "mail" && mailPrompt ? (
        mailPrompt
      ) : (
        <form
          className="grid gap-4"
          onSubmit={onSubmit((field, form) => {
            create.mutate(way === "mail" ? field("email") : null, {
              onSuccess: () => {
                form.reset();
              },
            });
          })}
        >
          {create.error && <ErrorState error={create.error} />}
          <div className="grid gap-4 sm:grid-cols-2">
            {way === "mail" && (
              <Field
                label="Email"
                name="email"
                type="email"
                autoComplete="off"
                required
                error={fieldError(create.error, "email")}
              />
            )}
            <ChoiceField
              label="Role"
              value={role}
              options={grantable(workspace.role).map((value) => ({ value, label: value }))}
              hint={ROLE_HINTS[role]}
              onChange={(value) => {
                setRole(value as Role);
              }}
            />
          </div>
          <div className="flex flex-wrap items-center gap-3">
            <Button type="submit" busy={create.isPending}>
              {way === "mail" ? "Send the invitation" : "Make a link"}
            </Button>
            <span role="status" className="min-w-0 text-[0.9rem] break-words text-good">
              {made?.email && `On its way to ${made.email}.`}
            </span>
          </div>
        </form>
      )}
      {made?.link && <LinkReveal link={made.link} />}
    </div>
  );
}
