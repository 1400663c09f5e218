import type { IngestStats, Rejection } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { plural } from "@/lib/format";

import { guideFor } from "./health";

type Props = { stats: IngestStats };

/** Why events were not taken, what mends it, and a few of them. */
export function RejectionsCard({ stats }: Props) {
  const { rejected_by_code: rejected, refused_by_code: refused, api_keys: keys } = stats;
  const names = new Map(keys.map(({ id, name }) => [id, name]));
  return (
    <Card
      title="Rejected"
      hint="Not stored, and named to the sender in the answer. Mend the sender, then send them again."
    >
      {rejected.length + refused.length === 0 ? (
        <p className="text-[0.93rem] text-ink-soft">
          Nothing was rejected in this time: every event that arrived could be read.
        </p>
      ) : (
        <ul className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
          {rejected.map((rejection) => (
            <Fault
              key={rejection.code}
              code={rejection.code}
              amount={plural(rejection.events, "event")}
              lastAt={rejection.last_at}
            >
              <Examples examples={rejection.examples} names={names} />
            </Fault>
          ))}
          {refused.map(({ code, requests, last_at: lastAt }) => (
            <Fault
              key={`whole ${code}`}
              code={code}
              amount={plural(requests, "whole request")}
              lastAt={lastAt}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}

type FaultProps = { code: string; amount: string; lastAt: string; children?: React.ReactNode };

function Fault({ code, amount, lastAt, children }: FaultProps) {
  const { what, mend } = guideFor(code);
  return (
    <li className="min-w-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-semibold">{what}</h3>
        <p className="text-[0.87rem] text-bad">
          {amount}
          <span className="text-ink-faint">
            , last <Ago instant={lastAt} />
          </span>
        </p>
      </div>
      <p className="text-[0.93rem] text-ink-soft">{mend}</p>
      <p className="font-mono text-[0.78rem] text-ink-faint">{code}</p>
      {children}
    </li>
  );
}

type ExamplesProps = {
  examples: Rejection["examples"];
  names: ReadonlyMap<string | null, string | null>;
};

function Examples({ examples, names }: ExamplesProps) {
  if (examples.length === 0) return null;
  return (
    <ul aria-label="Examples" className="mt-2 grid gap-1.5">
      {examples.map((example) => (
        <li key={example.detail} className="rounded-lg bg-sunken px-3 py-2 text-[0.87rem]">
          <p className="break-words">{example.detail}</p>
          <p className="text-[0.82rem] text-ink-faint">
            {example.event_id === null ? (
              "no event id"
            ) : (
              <span className="font-mono break-all">{example.event_id}</span>
            )}
            {" · "}
            {names.get(example.api_key_id) ?? "no API key"}
            {" · "}
            <Ago instant={example.at} />
          </p>
        </li>
      ))}
    </ul>
  );
}
