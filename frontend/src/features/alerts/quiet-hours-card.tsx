import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { QuietHours } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CheckField, ChoiceField, Field } from "@/components/ui/field";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { ApiError, fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { keepQuietHours, settingsQuery } from "./api";
import { timeZones } from "./rules";

const SHOWN = ["starts", "ends", "time_zone"];

/** When messages wait, by whose clocks. */
export function QuietHoursCard({ workspaceId, mayEdit }: { workspaceId: string; mayEdit: boolean }) {
  const { data, error, refetch } = useQuery(settingsQuery(workspaceId));
  return (
    <Card
      title="Quiet hours"
      hint="Messages that are ready meanwhile leave at their end. The list and the bell know at once."
    >
      {!data ? (
        error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows label="Loading the quiet hours" rows={2} />
        )
      ) : mayEdit ? (
        <QuietHoursForm
          // what the server keeps fills the form anew
          key={JSON.stringify(data.quiet_hours)}
          workspaceId={workspaceId}
          hours={data.quiet_hours}
        />
      ) : (
        <p>{data.quiet_hours ? hoursText(data.quiet_hours) : "None: messages leave at any time."}</p>
      )}
    </Card>
  );
}

const hoursText = ({ starts, ends, time_zone: zone, holds_critical: holds }: QuietHours) =>
  `${starts} to ${ends}, ${zone}. Critical messages ${holds ? "wait, too" : "leave at once"}.`;

function QuietHoursForm({ workspaceId, hours }: { workspaceId: string; hours: QuietHours | null }) {
  const queryClient = useQueryClient();
  const keep = useMutation({
    mutationFn: (wanted: QuietHours | null) => keepQuietHours(workspaceId, wanted),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: settingsQuery(workspaceId).queryKey }),
  });
  const zones = timeZones();
  const zone = hours?.time_zone ?? zones[0] ?? "UTC";
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        keep.mutate({
          starts: field("starts"),
          ends: field("ends"),
          time_zone: field("time_zone"),
          holds_critical: field("holds_critical") === "on",
        });
      })}
    >
      {keep.error && !isAtField(keep.error) && <ErrorState error={keep.error} />}
      <p role="status" className="text-[0.93rem] text-ink-soft">
        {hours ? `Kept: ${hoursText(hours)}` : "None yet: messages leave at any time."}
      </p>
      <div className="grid gap-4 sm:grid-cols-[1fr_1fr_2fr]">
        <Field
          label="From"
          name="starts"
          type="time"
          required
          defaultValue={hours?.starts ?? "22:00"}
          error={fieldError(keep.error, "starts")}
        />
        <Field
          label="To"
          name="ends"
          type="time"
          required
          defaultValue={hours?.ends ?? "07:00"}
          error={fieldError(keep.error, "ends")}
        />
        <ChoiceField
          label="Time zone"
          name="time_zone"
          defaultValue={zone}
          options={(zones.includes(zone) ? zones : [zone, ...zones]).map((value) => ({
            value,
            label: value,
          }))}
          error={fieldError(keep.error, "time_zone")}
        />
      </div>
      <CheckField
        label="Critical messages wait, too"
        name="holds_critical"
        defaultChecked={hours?.holds_critical ?? false}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" busy={keep.isPending}>
          Keep these hours
        </Button>
        {hours && (
          <Button
            look="secondary"
            disabled={keep.isPending}
            onClick={() => {
              keep.mutate(null);
            }}
          >
            Never quiet
          </Button>
        )}
      </div>
    </form>
  );
}

const isAtField = (error: Error) =>
  error instanceof ApiError && SHOWN.some((field) => fieldError(error, field) !== undefined);
