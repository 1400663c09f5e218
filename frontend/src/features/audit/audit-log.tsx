import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { ReactNode } from "react";

import type { AuditEntry, Member, Workspace } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { instantLabel } from "@/lib/dates";
import { plural } from "@/lib/format";

import { auditQuery, exportAddress } from "./api";
import { AuditFilter } from "./audit-filter";
import { actionWords, details, isFiltered } from "./rules";
import type { AuditSearch } from "./search";

type Props = {
  workspace: Workspace;
  members: readonly Member[];
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
};

export function AuditLog({ workspace, members, search, onSearch }: Props) {
  return (
    <Card
      title="Audit log"
      hint="Who changed what in this workspace, newest first."
      actions={
        <>
          <ExportLink href={exportAddress(workspace.id, "csv", search)} label="CSV" />
          <ExportLink href={exportAddress(workspace.id, "jsonl", search)} label="JSON lines" />
        </>
      }
    >
      <AuditFilter search={search} members={members} onSearch={onSearch} />
      <div className="mt-5 border-t border-line pt-4">
        <Entries workspaceId={workspace.id} search={search} onSearch={onSearch} />
      </div>
    </Card>
  );
}

function ExportLink({ href, label }: { href: string; label: string }) {
  return (
    <a
      href={href}
      download
      aria-label={`Export as ${label}`}
      className={buttonClass({ look: "secondary", size: "sm" })}
    >
      <Download aria-hidden="true" className="size-4" />
      {label}
    </a>
  );
}

type EntriesProps = { workspaceId: string; search: AuditSearch; onSearch: Props["onSearch"] };

function Entries({ workspaceId, search, onSearch }: EntriesProps) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(workspaceId, search),
  );
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonRows label="Loading the audit log" rows={8} />
    );
  }
  const entries = data.pages.flatMap((page) => page.items);
  if (entries.length === 0) {
    return isFiltered(search) ? (
      <Empty
        title="Nothing matches"
        action={
          <Button
            look="secondary"
            onClick={() => {
              onSearch({});
            }}
          >
            Take the filter away
          </Button>
        }
      >
        Nobody did that in these days, or it has another name.
      </Empty>
    ) : (
      <Empty title="Nothing has been changed yet">
        Changes of members, keys, prices and budgets stand here.
      </Empty>
    );
  }
  return (
    <>
      <ol aria-label="Entries" className="divide-y divide-line">
        {entries.map((entry) => (
          <EntryRow
            key={entry.id}
            entry={entry}
            onActor={(actor) => {
              onSearch({ ...search, actor });
            }}
          />
        ))}
      </ol>
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3">
        <p role="status" className="text-[0.9rem] text-ink-faint">
          {hasNextPage
            ? `The newest ${plural(entries.length, "entry", "entries")}.`
            : `${plural(entries.length, "entry", "entries")}, all of them.`}
        </p>
        {hasNextPage && (
          <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Load more
          </Button>
        )}
      </div>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
    </>
  );
}

function EntryRow({ entry, onActor }: { entry: AuditEntry; onActor: (actor: string) => void }) {
  const more = details(entry);
  return (
    <li className="grid gap-x-4 gap-y-0.5 py-2.5 first:pt-0 sm:grid-cols-[12.5rem_minmax(0,1fr)]">
      <time dateTime={entry.created_at} className="text-[0.85rem] whitespace-nowrap text-ink-faint sm:pt-0.5">
        {instantLabel(entry.created_at)}
      </time>
      <div className="min-w-0 text-[0.93rem]">
        <p className="break-words" title={entry.action}>
          <Actor entry={entry} onActor={onActor} /> {actionWords(entry)}{" "}
          <span className="font-medium">{entry.target}</span>
        </p>
        {more.length > 0 && (
          <p className="text-[0.85rem] break-words text-ink-faint">
            {more.map(({ name, value }) => `${name}: ${value}`).join(" · ")}
          </p>
        )}
      </div>
    </li>
  );
}

/** Opens what else they did. Whoever has no account any more, or works at the server's terminal, has no name here. */
function Actor({ entry, onActor }: { entry: AuditEntry; onActor: (actor: string) => void }): ReactNode {
  const { actor_id: id, actor_email: email } = entry;
  if (!id || !email) return <span className="text-ink-faint">Somebody without an account</span>;
  return (
    <button
      type="button"
      title="Show only theirs"
      className="max-w-full break-all underline decoration-line-strong/60 underline-offset-3 hover:text-accent"
      onClick={() => {
        onActor(id);
      }}
    >
      {email}
    </button>
  );
}
