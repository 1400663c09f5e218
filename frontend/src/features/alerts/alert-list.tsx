import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import type { Alert } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Select } from "@/components/ui/select";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { useNow } from "@/components/ui/use-now";
import { cx } from "@/lib/cx";

import { alertsQuery, markRead } from "./api";
import { isSnoozed, kindLabel, severityOf, stateLabel } from "./rules";
import type { AlertsSearch } from "./search";
import { KINDS, SEVERITIES, STATES } from "./words";

type Props = {
  workspaceId: string;
  search: AlertsSearch;
  onChange: (search: AlertsSearch) => void;
  onOpen: (id: string) => void;
};

/** Everything the workspace was told, newest first. */
export function AlertList({ workspaceId, search, onChange, onOpen }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    alertsQuery(workspaceId, search),
  );
  const alerts = data?.pages.flatMap(({ items }) => items);
  const isFiltered = Boolean(search.state ?? search.kind ?? search.severity);
  return (
    <Card
      title="What happened"
      hint="Newest first"
      actions={
        <>
          <Filters search={search} onChange={onChange} />
          <ReadAll workspaceId={workspaceId} />
        </>
      }
    >
      {error && (
        <ErrorState
          error={error}
          title={alerts && "The alerts could not be refreshed; these are older"}
          onRetry={() => void refetch()}
        />
      )}
      {alerts ? (
        alerts.length > 0 ? (
          <ul className="divide-y divide-line">
            {alerts.map((alert) => (
              <Item
                key={alert.id}
                alert={alert}
                onOpen={() => {
                  onOpen(alert.id);
                }}
              />
            ))}
          </ul>
        ) : isFiltered ? (
          <Empty
            title="No alert is like this"
            action={
              <Button
                look="secondary"
                onClick={() => {
                  onChange({});
                }}
              >
                Show all
              </Button>
            }
          />
        ) : (
          <Empty title="Nothing to tell">
            When spend jumps, a budget is passed, a sync fails or a model has no price, it stands here, and
            goes to your channels.
          </Empty>
        )
      ) : (
        !error && <SkeletonRows label="Loading the alerts" />
      )}
      {hasNextPage && (
        <div className="mt-3">
          <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </Card>
  );
}

function Filters({ search, onChange }: Pick<Props, "search" | "onChange">) {
  const any = (label: string) => ({ value: "", label });
  const pick = (name: "state" | "kind" | "severity") => (value: string) => {
    onChange({ ...search, [name]: value || undefined });
  };
  return (
    <>
      <Select
        label="State"
        value={search.state ?? ""}
        options={[any("Any state"), ...STATES]}
        onChange={pick("state")}
      />
      <Select
        label="Kind"
        value={search.kind ?? ""}
        options={[any("Any kind"), ...KINDS]}
        onChange={pick("kind")}
      />
      <Select
        label="Severity"
        value={search.severity ?? ""}
        options={[any("Any severity"), ...SEVERITIES]}
        onChange={pick("severity")}
      />
    </>
  );
}

function ReadAll({ workspaceId }: { workspaceId: string }) {
  const queryClient = useQueryClient();
  const read = useMutation({
    mutationFn: () => markRead(workspaceId),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["alerts", workspaceId] }),
  });
  return (
    <>
      <Button
        look="secondary"
        size="sm"
        busy={read.isPending}
        onClick={() => {
          read.mutate();
        }}
      >
        Mark all as read
      </Button>
      {read.error && <ErrorState error={read.error} />}
    </>
  );
}

function Item({ alert, onOpen }: { alert: Alert; onOpen: () => void }) {
  const now = useNow();
  const { label, tone } = severityOf(alert.severity);
  const isOver = alert.state === "resolved";
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1.5 py-3 first:pt-0 last:pb-0 sm:flex-nowrap">
      <span
        className={cx("mt-2 size-2 shrink-0 rounded-full", alert.is_read ? "bg-transparent" : "bg-accent")}
        title={alert.is_read ? undefined : "Not read yet"}
      />
      <div className="min-w-0 flex-1 basis-[calc(100%-1.25rem)] sm:basis-0">
        <button
          type="button"
          onClick={onOpen}
          className={cx(
            "text-left underline-offset-3 hover:underline",
            alert.is_read ? "font-medium" : "font-semibold",
            isOver && "text-ink-soft",
          )}
        >
          {!alert.is_read && <span className="sr-only">Unread: </span>}
          {alert.title}
        </button>
        <p className="text-[0.87rem] text-ink-faint">
          {kindLabel(alert.kind)} · <Ago instant={alert.last_occurred_at} />
          {alert.occurrences > 1 && ` · ${alert.occurrences} times`}
        </p>
      </div>
      <div className="flex shrink-0 flex-wrap gap-1.5 pl-5 sm:justify-end sm:pl-0">
        {isSnoozed(alert, now) && <Badge>Snoozed</Badge>}
        {alert.state !== "open" && <Badge>{stateLabel(alert.state)}</Badge>}
        <Badge tone={isOver ? "plain" : tone}>{label}</Badge>
      </div>
    </li>
  );
}
