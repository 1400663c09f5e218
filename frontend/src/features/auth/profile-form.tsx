import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { User } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { SubmitRow } from "@/components/ui/submit-row";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { meQuery, rename } from "./api";
import { ConfirmAddressPrompt } from "./confirm-address-prompt";

export function ProfileForm({ user }: { user: User }) {
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: rename,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  return (
    <Card title="Profile">
      {!user.email_verified && (
        <div className="mb-4">
          <ConfirmAddressPrompt email={user.email}>
            Until it is, you cannot invite by mail, add a second factor or link other sign-ins.
          </ConfirmAddressPrompt>
        </div>
      )}
      <form
        className="grid max-w-md gap-4"
        onSubmit={onSubmit((field) => {
          save.mutate(field("name"));
        })}
      >
        {save.error && <ErrorState error={save.error} />}
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          defaultValue={user.name}
          required
          error={fieldError(save.error, "name")}
        />
        <Field
          label="Email"
          value={user.email}
          disabled
          hint={user.email_verified ? "Confirmed." : "Not confirmed yet."}
        />
        <SubmitRow label="Save" busy={save.isPending} done={save.isSuccess && "Saved."} />
      </form>
    </Card>
  );
}
