import type { SyncRun } from "@/api/types";
import { Notice } from "@/components/ui/notice";
import { Progress } from "@/components/ui/progress";
import { plural } from "@/lib/format";

import { feedsText, isOpen, rowsText, stepText, tookText } from "./rules";
import { useRun } from "./use-run";

/** A sync under way: what is being read, how far it is, and what it found so far. */
export function RunProgress({ workspaceId, started }: { workspaceId: string; started: SyncRun }) {
  const run = useRun(workspaceId, started);
  if (!isOpen(run)) return <RunEnd run={run} />;
  if (run.status === "queued") {
    return (
      <div className="grid gap-1.5">
        <p className="text-[0.9rem] text-ink-soft" role="status">
          The sync is about to begin.
        </p>
        <progress aria-label="Sync" className="progress" />
      </div>
    );
  }
  return (
    <div className="grid gap-1.5">
      <Progress
        label={stepText(run)}
        done={run.windows_done}
        // the estimate may fall behind what was done
        total={run.windows_total === null ? null : Math.max(run.windows_total, run.windows_done)}
      />
      <p className="text-[0.87rem] text-ink-faint">
        {plural(run.pages, "page")} · {rowsText(run)}
      </p>
    </div>
  );
}

/** How a sync ended, with what comes next. */
export function RunEnd({ run }: { run: SyncRun }) {
  if (run.status === "failed") {
    return (
      <Notice tone="bad" title="This sync failed">
        {run.error_detail ?? "Why was not recorded."}
      </Notice>
    );
  }
  const took = tookText(run);
  return (
    <p role="status" className="text-[0.93rem]">
      {run.status === "partial"
        ? `Read in part; ${leftText(run)} follows with the next run: `
        : run.status === "stopped"
          ? "Stopped: "
          : "Synced: "}
      {rowsText(run)}
      {took && ` · took ${took}`}
    </p>
  );
}

function leftText({ left }: SyncRun): string {
  const feeds = [...new Set(left.map(({ feed }) => feed))];
  return feeds.length > 0 ? `the rest of ${feedsText(feeds)}` : "the rest";
}
