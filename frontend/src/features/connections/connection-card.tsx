import type { Connection, ProviderGuide } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Notice } from "@/components/ui/notice";
import { dateLabel } from "@/lib/dates";

import { ConnectionActions } from "./connection-actions";
import { billedUntil, feedsText, inOrder, isOpen, keyText, lastDay, statusOf } from "./rules";
import { RunEnd, RunProgress } from "./run-progress";

type Props = { workspaceId: string; connection: Connection; guide?: ProviderGuide; mayEdit: boolean };

/** One connection: whose key, how it is, how fresh it is, and what can be done with it. */
export function ConnectionCard({ workspaceId, connection, guide, mayEdit }: Props) {
  const status = statusOf(connection);
  const { run } = connection;
  return (
    <Card
      title={connection.label}
      hint={<Whose connection={connection} guide={guide} />}
      actions={<Badge tone={status.tone}>{status.label}</Badge>}
    >
      <div className="grid gap-4">
        {connection.status === "failing" && <Failing connection={connection} />}
        <Freshness connection={connection} />
        {run && isOpen(run) ? (
          <RunProgress key={run.id} workspaceId={workspaceId} started={run} />
        ) : (
          run && connection.status !== "failing" && <RunEnd run={run} />
        )}
        <ConnectionActions workspaceId={workspaceId} connection={connection} mayEdit={mayEdit} />
      </div>
    </Card>
  );
}

function Whose({ connection, guide }: { connection: Connection; guide?: ProviderGuide }) {
  return (
    <>
      {guide?.label ?? connection.provider} · {keyText(connection)}
      {connection.base_url && <> · through {connection.base_url}</>}
    </>
  );
}

/** Why it fails, in the server's plain words, and when it is tried again. */
function Failing({ connection: { error_detail: detail, next_try_at: next } }: { connection: Connection }) {
  return (
    <Notice tone="bad" title="The last sync failed">
      {detail ?? "Why was not recorded."}{" "}
      {next && (
        <>
          The next try is <Ago instant={next} />.
        </>
      )}
    </Notice>
  );
}

function Freshness({ connection }: { connection: Connection }) {
  const { last_synced_at: synced, feeds, can, message } = connection;
  const until = billedUntil(connection);
  return (
    <div className="grid gap-1 text-[0.93rem]">
      <p>
        {synced ? (
          <>
            Synced <Ago instant={synced} />
          </>
        ) : (
          "Not synced yet"
        )}
        {until && <> · billed until {until}</>}
        {connection.status === "paused" && " · paused: nothing new is read"}
      </p>
      <p className="text-ink-faint">
        {message || `Reads ${feedsText(can)}.`}
        {inOrder(feeds, ({ feed }) => feed).map(
          ({ feed, backfilled_from: from, synced_until: end, is_complete: isComplete }) =>
            from &&
            end && (
              <span key={feed}>
                {" "}
                <span className="inline-block first-letter:uppercase">{feed}</span>: {dateLabel(from)} to{" "}
                {lastDay(end)}
                {isComplete ? "." : ", older days follow."}
              </span>
            ),
        )}
      </p>
    </div>
  );
}
