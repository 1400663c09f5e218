import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Call, CallDetail as Detail } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { instantLabel, monthOf } from "@/lib/dates";
import { count, exactMoney, milliseconds, UNKNOWN } from "@/lib/format";

import { callQuery } from "./api";
import { ExplanationView } from "./explanation";
import type { RepriceLink } from "./links";
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
    ["Warnings", call.warnings.join(", ")],
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

type Props = { workspaceId: string; call: Call; onClose: () => void; repriceLink?: RepriceLink };

/** One call, whole: its price, the arithmetic behind it, what was used, where it came from. */
export function CallDetail({ workspaceId, call, onClose, repriceLink }: Props) {
  const { data, error, refetch } = useQuery(callQuery(workspaceId, call.event_id));
  const { provider, model, occurred_at: made } = call;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={model}
      description={provider}
      place="side"
    >
      <div className="grid gap-5">
        <Lines title="Price" lines={prices(data ?? call)} />
        <section aria-label="How it adds up">
          <h3 className="eyebrow mb-2">How it adds up</h3>
          {data ? (
            <ExplanationView
              call={data}
              reprice={repriceLink?.(
                { provider, model, month: monthOf(made) },
                "Price these calls again",
                "font-medium underline underline-offset-3",
              )}
            />
          ) : error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <SkeletonRows label="Loading the arithmetic" />
          )}
        </section>
        <Lines title="Usage" lines={usage(call)} />
        <Lines title="Call" lines={origin(call)} />
        {data && <RawUsage call={data} />}
      </div>
    </Dialog>
  );
}

/** The provider's usage object as it was sent: evidence, folded away. */
function RawUsage({ call: { raw_usage: raw, convention } }: { call: Detail }) {
  if (raw === null) return null;
  return (
    <details className="text-[0.9rem]">
      <summary className="cursor-pointer font-medium">Usage as the provider sent it</summary>
      {convention && <p className="mt-1 text-ink-faint">Read by the rules of {convention}.</p>}
      {/* A scrolling region must be reachable by keyboard. */}
      <pre
        // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
        tabIndex={0}
        role="region"
        aria-label="Raw usage"
        className="mt-2 max-h-72 overflow-auto rounded-lg bg-sunken p-3 font-mono text-[0.82rem]"
      >
        {JSON.stringify(raw, null, 2)}
      </pre>
    </details>
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
