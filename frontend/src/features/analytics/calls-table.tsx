import { lazy, Suspense, useState } from "react";

import type { Call } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Ago } from "@/components/ui/moment";
import { count, milliseconds } from "@/lib/format";

import type { RepriceLink } from "./links";
import { reasonText } from "./rules";

// Most readers of a table open no call: the arithmetic comes when it is asked for.
const CallDetail = lazy(() => import("./call-detail").then((module) => ({ default: module.CallDetail })));

const TH = "border-b border-line-strong/50 pb-1.5 pl-3 text-[0.86rem] font-medium text-ink-faint first:pl-0";

type Props = { workspaceId: string; calls: readonly Call[]; dense?: boolean; repriceLink?: RepriceLink };

/** Calls, newest first; a narrow screen keeps what and how much, a wide one shows the rest. */
export function CallsTable({ workspaceId, calls, dense = false, repriceLink }: Props) {
  const [openId, setOpenId] = useState<string | null>(null);
  const open = calls.find((call) => call.event_id === openId);
  const wide = dense ? "hidden" : "hidden lg:table-cell";
  return (
    <>
      <table className="w-full table-fixed text-[0.93rem]">
        <thead>
          <tr className="text-left">
            <th scope="col" className={TH}>
              Call
            </th>
            <th scope="col" className={`${TH} ${wide} w-36`}>
              Project
            </th>
            <th scope="col" className={`${TH} ${wide} w-32`}>
              Environment
            </th>
            <th scope="col" className={`${TH} hidden w-24 text-right sm:table-cell`}>
              Tokens in
            </th>
            <th scope="col" className={`${TH} hidden w-26 text-right sm:table-cell`}>
              Tokens out
            </th>
            <th scope="col" className={`${TH} ${wide} w-24 text-right`}>
              Latency
            </th>
            <th scope="col" className={`${TH} w-36 text-right`}>
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <Row
              key={call.event_id}
              call={call}
              wide={wide}
              onOpen={() => {
                setOpenId(call.event_id);
              }}
            />
          ))}
        </tbody>
      </table>
      {open && (
        <Suspense>
          <CallDetail
            workspaceId={workspaceId}
            call={open}
            repriceLink={repriceLink}
            onClose={() => {
              setOpenId(null);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function Row({ call, wide, onOpen }: { call: Call; wide: string; onOpen: () => void }) {
  return (
    <tr className="align-top [&>*]:border-b [&>*]:border-line [&>*]:py-2 [&>*]:pl-3 [&>*:first-child]:pl-0 last:[&>*]:border-0">
      <th scope="row" className="text-left font-normal">
        <span className="flex min-w-0 flex-wrap items-center gap-x-2">
          <button
            type="button"
            onClick={onOpen}
            className="min-w-0 truncate text-left font-medium underline-offset-3 hover:underline"
          >
            {call.model}
          </button>
          {call.status !== "ok" && <Badge tone="bad">{call.error_type ?? call.status}</Badge>}
        </span>
        <span className="block truncate text-[0.84rem] text-ink-faint">
          {call.provider} · <Ago instant={call.occurred_at} />
        </span>
      </th>
      <td className={`${wide} truncate`}>{call.project || <Nothing />}</td>
      <td className={`${wide} truncate`}>{call.environment || <Nothing />}</td>
      <td className="hidden text-right sm:table-cell">{count(call.input_tokens)}</td>
      <td className="hidden text-right sm:table-cell">{count(call.output_tokens)}</td>
      <td className={`${wide} text-right`}>{milliseconds(call.latency_ms)}</td>
      <td className="text-right">
        <Price call={call} />
      </td>
    </tr>
  );
}

function Nothing() {
  return <span className="text-ink-faint">(none)</span>;
}

/** The call's price state: an amount, free, or unpriced and why. Never a zero for what is not known. */
export function Price({ call }: { call: Call }) {
  if (call.price_state === "unpriced") {
    return (
      <>
        <Badge tone="warn">unpriced</Badge>
        <span className="mt-0.5 block text-[0.8rem] text-ink-faint">{reasonText(call.unpriced_reason)}</span>
      </>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-1.5 font-medium">
      {call.price_state === "free" && <Badge tone="accent">free</Badge>}
      <Amount value={call.cost} currency="USD" />
    </span>
  );
}
