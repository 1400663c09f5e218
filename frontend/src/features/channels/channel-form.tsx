import { useState } from "react";

import type { Channel, ChannelChange } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CheckField, ChoiceField, Field } from "@/components/ui/field";
import { SourceLink } from "@/components/ui/source-link";
import { ErrorState } from "@/components/ui/states";
import { ApiError, fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { CHANNEL_KINDS, kindOf } from "./kinds";
import { LEAST, wanted } from "./rules";

const SHOWN = ["name", "address", "secret", "recipients", "min_severity"];

type Props = {
  channel?: Channel;
  busy: boolean;
  error: Error | null;
  onKeep: (kind: Channel["kind"], fields: ChannelChange & { name: string }) => void;
};

/** A channel: its kind, its name, where it leads, and what goes there. */
export function ChannelForm({ channel, busy, error, onKeep }: Props) {
  const [kind, setKind] = useState<Channel["kind"]>(channel?.kind ?? "email");
  return (
    <form
      className="grid grid-cols-1 gap-4"
      onSubmit={onSubmit((field) => {
        onKeep(kind, wanted(kind, field));
      })}
    >
      {error && !isAtField(error) && <ErrorState error={error} />}
      {!channel && (
        <ChoiceField
          label="Kind"
          value={kind}
          options={CHANNEL_KINDS}
          onChange={(next) => {
            setKind(next as Channel["kind"]);
          }}
        />
      )}
      <How kind={kind} />
      <Field
        label="Name"
        name="name"
        required
        maxLength={80}
        placeholder="#ai-costs"
        defaultValue={channel?.name}
        error={fieldError(error, "name")}
      />
      {kind === "email" ? (
        <Recipients channel={channel} error={error} />
      ) : (
        // another kind, another address: what was typed does not move over
        <Address key={kind} kind={kind} channel={channel} error={error} />
      )}
      <ChoiceField
        label="What goes there"
        name="min_severity"
        defaultValue={channel?.min_severity ?? "warning"}
        options={LEAST}
        error={fieldError(error, "min_severity")}
      />
      <CheckField
        label="Also tell when something is over"
        name="sends_resolved"
        defaultChecked={channel?.sends_resolved ?? true}
      />
      <div className="flex justify-end">
        <Button type="submit" busy={busy}>
          {channel ? "Keep the changes" : "Add the channel"}
        </Button>
      </div>
    </form>
  );
}

/** Recipients are blamed one by one (`recipients.0`), which is said at their field all the same. */
const recipientError = (error: Error | null) =>
  error instanceof ApiError
    ? error.problem.errors.find(({ field }) => field.split(".").includes("recipients"))?.detail
    : undefined;

const isAtField = (error: Error) =>
  recipientError(error) !== undefined || SHOWN.some((field) => fieldError(error, field) !== undefined);

function How({ kind }: { kind: Channel["kind"] }) {
  const { how, page } = kindOf(kind);
  return (
    <p className="text-[0.9rem] text-ink-soft">
      {how} {page && <SourceLink name={page.label} at={page.href} />}
    </p>
  );
}

type PartProps = { channel?: Channel; error: Error | null };

function Recipients({ channel, error }: PartProps) {
  return (
    <>
      <Field
        label="Recipients"
        name="recipients"
        autoComplete="off"
        placeholder="ops@example.com, ada@example.com"
        defaultValue={channel?.recipients.join(", ")}
        hint="Mail addresses, with commas between them."
        error={recipientError(error)}
      />
      <CheckField
        label="To who are owners and admins, too"
        name="to_admins"
        defaultChecked={channel?.to_admins ?? false}
      />
    </>
  );
}

function Address({ kind, channel, error }: PartProps & { kind: Channel["kind"] }) {
  const { address, placeholder } = kindOf(kind);
  return (
    <>
      <Field
        label={address ?? "Address"}
        name="address"
        type={kind === "pagerduty" ? "text" : "url"}
        autoComplete="off"
        spellCheck={false}
        required={!channel}
        placeholder={placeholder}
        hint={
          channel
            ? `Kept: ${channel.hint}. Empty keeps it.`
            : "Kept encrypted, and never shown again but for its last characters."
        }
        error={fieldError(error, "address")}
      />
      {kind === "webhook" && (
        <Field
          label="Secret (optional)"
          name="secret"
          autoComplete="off"
          spellCheck={false}
          hint={
            channel
              ? "A new one signs what comes from now on. Empty keeps the old one."
              : "Signs what it gets, 16 characters or more. Empty: one is made, and shown once."
          }
          error={fieldError(error, "secret")}
        />
      )}
    </>
  );
}
