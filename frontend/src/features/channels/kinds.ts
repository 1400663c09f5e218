/** What each kind of channel needs, and how a person gets it. */
import type { Channel } from "@/api/types";

type Kind = Channel["kind"];
export type ChannelKind = {
  value: Kind;
  label: string;
  /** The word for its address; mail has recipients instead. */
  address: string | null;
  placeholder: string;
  how: string;
  page?: { label: string; href: string };
};

export const CHANNEL_KINDS: readonly ChannelKind[] = [
  {
    value: "email",
    label: "Email",
    address: null,
    placeholder: "",
    how: "Text and HTML in one mail, to the addresses that you name.",
  },
  {
    value: "slack",
    label: "Slack",
    address: "Incoming webhook",
    placeholder: "https://hooks.slack.com/services/…",
    how: "In Slack: create an app, switch on Incoming Webhooks, add one to the channel, and copy its address.",
    page: {
      label: "Slack’s instructions",
      href: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    },
  },
  {
    value: "teams",
    label: "Microsoft Teams",
    address: "Workflow address",
    placeholder: "https://….api.powerplatform.com/…",
    how: "In Teams: open the channel’s menu, Workflows, choose the template that posts to a channel when a webhook request is received, and copy the address it shows.",
  },
  {
    value: "discord",
    label: "Discord",
    address: "Webhook address",
    placeholder: "https://discord.com/api/webhooks/…",
    how: "In Discord: Edit channel, Integrations, Webhooks, New webhook, and copy its address.",
  },
  {
    value: "webhook",
    label: "Webhook",
    address: "Address",
    placeholder: "https://example.com/tokenboard",
    how: "Any https address of yours. It gets signed JSON; answer 2xx within 20 seconds.",
  },
  {
    value: "pagerduty",
    label: "PagerDuty",
    address: "Routing key",
    placeholder: "32 characters",
    how: "In PagerDuty: open the service, Integrations, add Events API v2, and copy its integration key; write eu: before it if your account is in the EU.",
  },
];

export const kindOf = (kind: Kind): ChannelKind =>
  CHANNEL_KINDS.find(({ value }) => value === kind) ?? {
    value: kind,
    label: kind,
    address: "Address",
    placeholder: "",
    how: "",
  };
