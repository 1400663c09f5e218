import type { Channel, ChannelChange, Delivery } from "@/api/types";
import type { BadgeTone } from "@/components/ui/badge";

import { kindOf } from "./kinds";

export const LEAST: readonly { value: Channel["min_severity"]; label: string }[] = [
  { value: "info", label: "Everything" },
  { value: "warning", label: "Warnings and critical" },
  { value: "critical", label: "Critical only" },
];

export const DELIVERY_STATES: Record<Delivery["state"], { label: string; tone: BadgeTone }> = {
  sent: { label: "taken", tone: "accent" },
  waiting: { label: "waiting", tone: "plain" },
  dead: { label: "given up", tone: "bad" },
};

/** Where it leads, as far as that may be shown. */
export function whereText({ kind, hint, recipients, to_admins: toAdmins }: Channel): string {
  if (kind !== "email") return `${kindOf(kind).label} · ${hint}`;
  const people = [toAdmins && "owners and admins", ...recipients].filter(Boolean);
  return `Email · ${people.join(", ") || "to nobody"}`;
}

/** The fields of the form that both a new channel and a change of one have. */
export function wanted(
  kind: Channel["kind"],
  field: (name: string) => string,
): ChannelChange & { name: string } {
  const [address, secret] = [field("address"), field("secret")];
  return {
    name: field("name"),
    min_severity: field("min_severity") as Channel["min_severity"],
    sends_resolved: field("sends_resolved") === "on",
    ...(kind === "email" && {
      recipients: field("recipients")
        .split(/[\s,;]+/)
        .filter(Boolean),
      to_admins: field("to_admins") === "on",
    }),
    // an address is never shown again: empty keeps what is there
    ...(kind !== "email" && address && { address }),
    ...(kind === "webhook" && secret && { secret }),
  };
}
