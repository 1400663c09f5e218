import type { ReactNode } from "react";

import type { Call } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { instantLabel } from "@/lib/dates";
import { count, exactMoney, milliseconds, UNKNOWN } from "@/lib/format";

import { reasonText } from "./rules";

type Line = [label: string, value: ReactNode];

const known = ([, value]: Line) => value !== null && value !== undefined && value !== "";

function prices(call: Call): Line[] {
  return [
    ["Price state", call.price_state],
    ["Why", call.price_state === "unpriced" ? reasonText(call.unpriced_reason) : null],
    ["Cost", exactMoney(call.cost)],
    ["List cost", exactMoney(call.list_cost, "USD", UNKNOWN)],
    ["Provider's own figure", call.reported_cost === null ? null : exactMoney(call.reported_cost)],
    ["Priced as", call.priced_as],
  ];
}

function usage(call: Call): Line[] {
  return [
    ["Input", count(call.input_tokens)],
    ["of it cache read", count(call.cache_read_tokens)],
    ["of it cache write", count(call.cache_write_tokens)],
    ["Output", count(call.output_tokens)],
    ["of it reasoning", count(call.reasoning_tokens)],
    ["Latency", milliseconds(call.latency_ms)],
    ["First token after", milliseconds(call.time_to_first_token_ms)],
  ];
}

function origin(call: Call): Line[] {
  return [
    ["Made", instantLabel(call.occurred_at)],
    ["Recorded", instantLabel(call.recorded_at)],
    ["Requested model", call.requested_model],
    ["API", [call.api, call.operation].filter(Boolean).join(" · ")],
    ["Status", [call.status, call.error_type, call.http_status].filter(Boolean).join(" · ")],
    ["Project", call.project],
    ["Environment", call.environment],
    ["User", call.user],
    ["Session", call.session_id],
    ["Trace", call.trace_id],
    ["Tier", [call.service_tier, call.processing, call.speed, call.geo].filter(Boolean).join(" · ")],
    ["Deployment", call.deployment],
    [
      "Tags",
      Object.entries(call.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(", "),
    ],
    ["Event id", <code key="id">{call.event_id}</code>],
  ];
}

export function CallDetail({ call, onClose }: { call: Call; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={call.model}
      description={call.provider}
    >
      <div className="grid gap-4">
        <Lines title="Price" lines={prices(call)} />
        <Lines title="Usage" lines={usage(call)} />
        <Lines title="Call" lines={origin(call)} />
      </div>
    </Dialog>
  );
}

function Lines({ title, lines }: { title: string; lines: Line[] }) {
  return (
    <section aria-label={title}>
      <h3 className="eyebrow mb-1">{title}</h3>
      <dl className="grid grid-cols-[10rem_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-[0.9rem]">
        {lines.filter(known).map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink-faint">{label}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
