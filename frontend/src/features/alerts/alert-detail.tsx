import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";

import type { Alert } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { Ago } from "@/components/ui/moment";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { useNow } from "@/components/ui/use-now";
import { instantLabel } from "@/lib/dates";

import { alertQuery, markRead, snooze, takeStep, type Step } from "./api";
import { isSnoozed, kindLabel, severityOf, SNOOZES, snoozedUntil, stateLabel } from "./rules";

export type AlertProps = {
  workspaceId: string;
  id: string;
  mayAct: boolean;
  nameOf: (userId: string) => string | null;
  /** The page it is about, as a link. */
  linkTo: (path: string) => ReactNode;
};

/** One alert: what drove it, where to look, and what can be done with it. Who opens it has read it. */
export function AlertDetail({ onClose, ...props }: AlertProps & { onClose: () => void }) {
  const { workspaceId, id } = props;
  const { data, error, refetch } = useQuery(alertQuery(workspaceId, id));
  useReading(workspaceId, data);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      place="side"
      title={data?.title ?? "Alert"}
      description={data && kindLabel(data.kind)}
    >
      {data ? (
        <Detail alert={data} {...props} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the alert" />
      )}
    </Dialog>
  );
}

function useReading(workspaceId: string, alert: Alert | undefined) {
  const queryClient = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (id: string) => markRead(workspaceId, [id]),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["alerts", workspaceId] }),
  });
  const unread = alert && !alert.is_read ? alert.id : null;
  useEffect(() => {
    if (unread !== null) mutate(unread);
  }, [unread, mutate]);
}

function Detail({ alert, workspaceId, mayAct, nameOf, linkTo }: AlertProps & { alert: Alert }) {
  const { label, tone } = severityOf(alert.severity);
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap gap-1.5">
        <Badge tone={alert.state === "resolved" ? "plain" : tone}>{label}</Badge>
        <Badge>{stateLabel(alert.state)}</Badge>
      </div>
      <section aria-label="What drove it">
        <h3 className="mb-2 font-semibold">What drove it</h3>
        <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] gap-x-5 gap-y-1.5 text-[0.95rem]">
          {alert.facts.map((fact) => (
            <div key={fact.label} className="contents">
              <dt className="text-ink-faint">{fact.label}</dt>
              <dd className="min-w-0 break-words">{fact.value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <Times alert={alert} nameOf={nameOf} />
      <div className="flex flex-wrap items-center gap-2">
        {linkTo(alert.link)}
        {mayAct && <Actions alert={alert} workspaceId={workspaceId} />}
      </div>
      {!mayAct && (
        <p className="text-[0.87rem] text-ink-faint">Viewers read alerts; members look after them.</p>
      )}
    </div>
  );
}

function Times({ alert, nameOf }: { alert: Alert } & Pick<AlertProps, "nameOf">) {
  const now = useNow();
  const by = (userId: string | null) => (userId === null ? "" : ` by ${nameOf(userId) ?? "a former member"}`);
  return (
    <ul className="grid gap-0.5 text-[0.9rem] text-ink-soft">
      <li>
        Seen first <Ago instant={alert.occurred_at} />
        {alert.occurrences > 1 && (
          <>
            , last <Ago instant={alert.last_occurred_at} />, {alert.occurrences} times
          </>
        )}
      </li>
      {isSnoozed(alert, now) && alert.snoozed_until && (
        <li>Snoozed until {instantLabel(alert.snoozed_until)}</li>
      )}
      {alert.acknowledged_at && (
        <li>
          Acknowledged <Ago instant={alert.acknowledged_at} />
          {by(alert.acknowledged_by)}
        </li>
      )}
      {alert.resolved_at && (
        <li>
          Resolved <Ago instant={alert.resolved_at} />
          {alert.resolved_by === null ? ", by itself" : by(alert.resolved_by)}
        </li>
      )}
    </ul>
  );
}

function Actions({ alert, workspaceId }: { alert: Alert; workspaceId: string }) {
  const now = useNow();
  const queryClient = useQueryClient();
  const act = useMutation({
    mutationFn: (wanted: Step | { until: string | null }) =>
      typeof wanted === "string"
        ? takeStep(workspaceId, alert.id, wanted)
        : snooze(workspaceId, alert.id, wanted.until),
    onSuccess: (changed) => {
      queryClient.setQueryData(alertQuery(workspaceId, alert.id).queryKey, changed);
    },
    // The list and the bell, and whatever this page believed.
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["alerts", workspaceId] }),
  });
  const step = (wanted: Step, label: string, look: "primary" | "secondary" = "secondary") => (
    <Button
      look={look}
      size="sm"
      busy={act.isPending && act.variables === wanted}
      onClick={() => {
        act.mutate(wanted);
      }}
    >
      {label}
    </Button>
  );
  const isOver = alert.state === "resolved";
  return (
    <>
      {alert.state === "open" && step("acknowledge", "Acknowledge", "primary")}
      {!isOver && step("resolve", "Resolve")}
      {alert.state !== "open" && step("reopen", "Reopen")}
      {!isOver && !isSnoozed(alert, now) && (
        <Menu
          align="start"
          label="Snooze"
          className={buttonClass({ look: "secondary", size: "sm" })}
          trigger="Snooze…"
        >
          {SNOOZES.map(({ value, label }) => (
            <MenuItem
              key={value}
              onSelect={() => {
                act.mutate({ until: snoozedUntil(value, Date.now()) });
              }}
            >
              {label}
            </MenuItem>
          ))}
        </Menu>
      )}
      {isSnoozed(alert, now) && (
        <Button
          look="secondary"
          size="sm"
          onClick={() => {
            act.mutate({ until: null });
          }}
        >
          End the snooze
        </Button>
      )}
      {act.error && <ErrorState error={act.error} />}
    </>
  );
}
