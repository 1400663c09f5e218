import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Retention, Workspace } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { ChoiceField, Field } from "@/components/ui/field";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { SubmitRow } from "@/components/ui/submit-row";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";
import { count } from "@/lib/format";

import { changeRetention, previewRetention, retentionQuery } from "./api";
import { isAdmin } from "./rules";

type Props = { workspace: Workspace };

/** How long calls are kept: what goes, what stays, and a question that names how many before any can go. */
export function RetentionCard({ workspace }: Props) {
  const { data, error, refetch } = useQuery(retentionQuery(workspace.id));
  return (
    <Card title="How long calls are kept">
      <p className="mb-4 max-w-prose text-[0.93rem] text-ink-soft">
        Older calls are dropped for good: each call’s row, its tags, its usage as the provider sent it, and
        what re-pricings kept of it. Costs, tokens, latencies and every chart stay, for ever. What is dropped
        can no longer be looked up, explained or priced again.
      </p>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows label="Looking up how long calls are kept" rows={2} />}
      {data && <RetentionForm workspace={workspace} kept={data} key={data.days} />}
    </Card>
  );
}

function ofInstallation(days: number | null): string {
  return days === null ? "all calls are kept" : `${count(days)} days`;
}

function RetentionForm({ workspace, kept }: Props & { kept: Retention }) {
  const [own, setOwn] = useState(kept.days !== null);
  const [asked, setAsked] = useState<{ days: number; calls: number } | null>(null);
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: (days: number | null) => changeRetention(workspace.id, days),
    onSuccess: (saved) => {
      setAsked(null);
      queryClient.setQueryData(retentionQuery(workspace.id).queryKey, saved);
    },
  });
  const look = useMutation({
    mutationFn: (days: number) => previewRetention(workspace.id, days),
    onSuccess: ({ days, calls }) => {
      if (calls) setAsked({ days, calls });
      else save.mutate(days);
    },
  });
  const mayEdit = isAdmin(workspace.role);
  const fault = look.error ?? (asked ? null : save.error);
  return (
    <>
      <form
        className="grid max-w-md gap-4"
        onSubmit={onSubmit((field) => {
          const days = own ? Number(field("days")) : kept.default_days;
          if (days === null) save.mutate(null);
          else look.mutate(days);
        })}
      >
        {fault && <ErrorState error={fault} />}
        <ChoiceField
          label="Keep calls"
          name="whose"
          disabled={!mayEdit}
          value={own ? "own" : "default"}
          options={[
            { value: "default", label: `As this installation does (${ofInstallation(kept.default_days)})` },
            { value: "own", label: "For a number of days" },
          ]}
          onChange={(value) => {
            setOwn(value === "own");
          }}
        />
        {own && (
          <Field
            label="Days"
            name="days"
            type="number"
            min={35}
            max={36500}
            required
            disabled={!mayEdit}
            defaultValue={kept.days ?? 365}
            hint="At least 35: so long a call that is sent again is recognised."
            error={fieldError(fault, "days")}
          />
        )}
        {kept.complete_since && (
          <p className="text-[0.85rem] text-ink-faint">
            Calls made before {kept.complete_since.slice(0, 10)} were dropped.
          </p>
        )}
        {mayEdit && (
          <SubmitRow label="Save" busy={look.isPending || save.isPending} done={save.isSuccess && "Saved."} />
        )}
      </form>
      <Confirm
        open={asked !== null}
        onOpenChange={(open) => {
          if (!open) setAsked(null);
        }}
        title={`Drop ${count(asked?.calls ?? 0)} calls?`}
        action="Drop them and keep it so"
        keep="Keep them"
        busy={save.isPending}
        error={save.error}
        onConfirm={() => {
          if (asked) save.mutate(own ? asked.days : null);
        }}
      >
        {count(asked?.calls ?? 0)} calls are older than {count(asked?.days ?? 0)} days. They go within the
        hour and cannot be brought back. Costs and charts stay as they are.
      </Confirm>
    </>
  );
}
