import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { AlertSetting, AlertSettingChange, Channel, Severity, SettingFigure } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { CheckField, ChoiceField, Field } from "@/components/ui/field";
import { RadioGroup } from "@/components/ui/radio-group";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { fieldError } from "@/lib/errors";
import { money } from "@/lib/format";
import { onSubmit } from "@/lib/form";

import { changeSetting, resetSetting, settingsQuery } from "./api";
import { isDefault, kindLabel, sentFigure, shownFigure, UNIT_WORDS } from "./rules";
import { SEVERITIES } from "./words";

type Channels = readonly Pick<Channel, "id" | "name">[];
type Props = { workspaceId: string; mayEdit: boolean; channels: Channels };

/** What people are told of, kind by kind. */
export function KindSettings({ workspaceId, mayEdit, channels }: Props) {
  const { data, error, refetch } = useQuery(settingsQuery(workspaceId));
  return (
    <Card title="What you are told of" hint="Every kind is on until you switch it off.">
      {data ? (
        <ul className="divide-y divide-line">
          {data.items.map((setting) => (
            <Kind
              key={setting.kind}
              workspaceId={workspaceId}
              setting={setting}
              mayEdit={mayEdit}
              channels={channels}
            />
          ))}
        </ul>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the settings" />
      )}
    </Card>
  );
}

type KindProps = Props & { setting: AlertSetting };

function useChange(workspaceId: string, { kind }: AlertSetting, onDone?: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: AlertSettingChange | null) =>
      body === null ? resetSetting(workspaceId, kind) : changeSetting(workspaceId, kind, body),
    onSuccess: async () => {
      onDone?.();
      await queryClient.invalidateQueries({ queryKey: settingsQuery(workspaceId).queryKey });
    },
  });
}

function Kind({ workspaceId, setting, mayEdit, channels }: KindProps) {
  const change = useChange(workspaceId, setting);
  const label = kindLabel(setting.kind);
  return (
    <li className="grid gap-2 py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <div className="min-w-0 flex-1 basis-64">
          <p className="flex items-center gap-2 font-medium">
            {label} {!setting.is_on && <Badge>off</Badge>}
          </p>
          <p className="text-[0.9rem] text-ink-soft">{setting.meaning}.</p>
          <p className="text-[0.85rem] text-ink-faint">{summaryOf(setting, channels)}</p>
        </div>
        {mayEdit && (
          <div className="flex gap-1">
            <Button
              look="quiet"
              size="sm"
              aria-label={`Switch ${label} ${setting.is_on ? "off" : "on"}`}
              busy={change.isPending}
              onClick={() => {
                change.mutate({ is_on: !setting.is_on });
              }}
            >
              {setting.is_on ? "Switch off" : "Switch on"}
            </Button>
            <AdjustDialog workspaceId={workspaceId} setting={setting} mayEdit={mayEdit} channels={channels} />
          </div>
        )}
      </div>
      {change.error && <ErrorState error={change.error} />}
    </li>
  );
}

function figureText({ unit, value, meaning }: SettingFigure): string {
  const shown = shownFigure(unit, value);
  const amount = {
    usd: money(value),
    times: `${shown}×`,
    share: `${shown} %`,
    count: shown,
    days: `${shown} days`,
  };
  return `${amount[unit]}: ${meaning}`;
}

function summaryOf({ figures, channel_ids: ids, severity }: AlertSetting, channels: Channels): string {
  const names = ids?.map((id) => channels.find((channel) => channel.id === id)?.name ?? "a deleted channel");
  return [
    ...figures.map(figureText),
    severity && `always ${severity}`,
    names && (names.length > 0 ? `to ${names.join(", ")}` : "to no channel"),
  ]
    .filter(Boolean)
    .join(" · ");
}

function AdjustDialog({ workspaceId, setting, channels }: KindProps) {
  const [open, setOpen] = useState(false);
  const change = useChange(workspaceId, setting, () => {
    setOpen(false);
  });
  const label = kindLabel(setting.kind);
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        aria-label={`Adjust ${label}`}
        onClick={() => {
          change.reset();
          setOpen(true);
        }}
      >
        Adjust
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={label} description={`${setting.meaning}.`}>
        <AdjustForm
          setting={setting}
          channels={channels}
          busy={change.isPending}
          error={change.error}
          onChange={change.mutate}
        />
      </Dialog>
    </>
  );
}

type FormProps = {
  setting: AlertSetting;
  channels: Channels;
  busy: boolean;
  error: Error | null;
  onChange: (change: AlertSettingChange | null) => void;
};

const AS_TOLD = { value: "", label: "As each alert says" };

function AdjustForm({ setting, channels, busy, error, onChange }: FormProps) {
  const [isEverywhere, setEverywhere] = useState(setting.channel_ids === null);
  const isAtField = setting.figures.some(({ name }) => fieldError(error, name) !== undefined);
  return (
    <form
      className="grid grid-cols-1 gap-4"
      onSubmit={onSubmit((field) => {
        const figures = setting.figures.map(({ name, unit }) => [name, sentFigure(unit, field(name))]);
        onChange({
          severity: (field("severity") || null) as Severity | null,
          resolves_itself: field("resolves_itself") === "on",
          channel_ids: isEverywhere
            ? null
            : channels.filter(({ id }) => field(`channel-${id}`) === "on").map(({ id }) => id),
          ...(figures.length > 0 && { figures: Object.fromEntries(figures) as Record<string, string> }),
        });
      })}
    >
      {error && !isAtField && <ErrorState error={error} />}
      {setting.figures.map((figure) => (
        <Field
          key={figure.name}
          name={figure.name}
          label={`Told when ${figure.meaning}`}
          inputMode="decimal"
          autoComplete="off"
          required
          defaultValue={shownFigure(figure.unit, figure.value)}
          hint={`${UNIT_WORDS[figure.unit]} ${UNIT_WORDS[figure.unit] && "· "}usually ${shownFigure(figure.unit, figure.default)}`.trim()}
          error={fieldError(error, figure.name)}
        />
      ))}
      <ChoiceField
        label="How loud"
        name="severity"
        defaultValue={setting.severity ?? ""}
        options={[AS_TOLD, ...SEVERITIES]}
      />
      <CheckField
        label="Resolves by itself"
        name="resolves_itself"
        hint="When what drove it is over, the alert is, too."
        defaultChecked={setting.resolves_itself}
      />
      <RadioGroup
        legend="Where it goes"
        value={isEverywhere ? "all" : "some"}
        options={[
          { value: "all", label: "To every channel" },
          { value: "some", label: "Only to these; to none, it stands in the list alone" },
        ]}
        onChange={(where) => {
          setEverywhere(where === "all");
        }}
      />
      {!isEverywhere && (
        <div className="grid gap-2 pl-6.5">
          {channels.map(({ id, name }) => (
            <CheckField
              key={id}
              label={name}
              name={`channel-${id}`}
              defaultChecked={setting.channel_ids?.includes(id) ?? true}
            />
          ))}
        </div>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {!isDefault(setting) && (
          <Button
            look="secondary"
            disabled={busy}
            onClick={() => {
              onChange(null);
            }}
          >
            Back to the defaults
          </Button>
        )}
        <Button type="submit" busy={busy}>
          Keep
        </Button>
      </div>
    </form>
  );
}
