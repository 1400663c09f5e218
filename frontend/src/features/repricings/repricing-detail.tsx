import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import type { Repricing } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Notice } from "@/components/ui/notice";
import { Progress } from "@/components/ui/progress";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { ApiError } from "@/lib/errors";
import { plural } from "@/lib/format";

import { repricingQuery, takeStep, useStart, type Step } from "./api";
import { RepricingResult } from "./repricing-result";
import { again, isRunning, resultText, scopeText, STATUSES } from "./rules";

type Props = { workspaceId: string; id: string; mayEdit: boolean; onStarted: (started: Repricing) => void };

/** One re-pricing: how far it is, what it found, and the steps that are open now. */
export function RepricingDetail({ workspaceId, id, mayEdit, onStarted }: Props) {
  const { data, error, refetch } = useQuery(repricingQuery(workspaceId, id));
  if (!data) {
    return (
      <Card>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows label="Loading the re-pricing" />
        )}
      </Card>
    );
  }
  const status = STATUSES[data.status];
  return (
    <Card
      title="Re-pricing"
      hint={scopeText(data)}
      actions={
        <>
          <Badge tone={status.tone}>{status.label}</Badge>
          {mayEdit && <Steps workspaceId={workspaceId} repricing={data} onStarted={onStarted} />}
        </>
      }
    >
      <div className="grid grid-cols-1 gap-4">
        {error && <ErrorState error={error} title="The state could not be refreshed; this is older" />}
        <State repricing={data} />
        {data.summary.calls > 0 && <RepricingResult repricing={data} />}
      </div>
    </Card>
  );
}

const WORK = {
  previewing: "Calls looked at",
  applying: "Calls changed",
  undoing: "Calls put back",
} as const;

function State({ repricing }: { repricing: Repricing }) {
  const { status, progress, summary, error } = repricing;
  if (status === "previewing" || status === "applying" || status === "undoing") {
    return <Progress label={WORK[status]} done={progress.done} total={progress.total} />;
  }
  if (status === "failed") {
    return (
      <Notice tone="bad" title="This re-pricing failed">
        {error ?? "Why was not recorded."} Nothing is half done: what it had changed was put back. Preview
        again.
      </Notice>
    );
  }
  if (summary.calls === 0)
    return <p>No call lies in this period and filter, so there is nothing to change.</p>;
  return (
    <p className="text-[1.1rem]" role="status">
      These prices, this period: <strong className="font-semibold">{resultText(repricing)}</strong>
      {summary.changed === 0
        ? ". Nothing would change."
        : `, ${plural(summary.changed, "call")} with another figure.`}
    </p>
  );
}

type StepsProps = { workspaceId: string; repricing: Repricing; onStarted: (started: Repricing) => void };

function Steps({ workspaceId, repricing, onStarted }: StepsProps) {
  const { status, summary } = repricing;
  const start = useStart(workspaceId, onStarted);
  const previewAgain = () => {
    start.mutate(again(repricing));
  };
  const step = { workspaceId, repricing, previewAgain };
  const calls = plural(summary.changed, "call");
  return (
    <>
      {status === "ready" && summary.changed > 0 && (
        <StepButton {...step} step="apply" label="Apply" title={`Change ${calls}?`}>
          Their cost becomes what the preview shows, in every total, trend and export. What they cost before
          is kept, and can be put back.
        </StepButton>
      )}
      {status === "applied" && (
        <StepButton {...step} step="undo" label="Undo" title={`Put ${calls} back?`}>
          Every call gets the figure back that it had before, digit for digit.
        </StepButton>
      )}
      {(status === "previewing" || status === "applying") && (
        <StepButton {...step} step="cancel" label="Stop" title="Stop this re-pricing?">
          {status === "applying"
            ? "What it has changed so far is put back."
            : "Nothing has been changed yet."}
        </StepButton>
      )}
      {!isRunning(repricing) && (
        <Button look="secondary" size="sm" busy={start.isPending} onClick={previewAgain}>
          Preview again
        </Button>
      )}
      {start.error && <ErrorState error={start.error} />}
    </>
  );
}

type StepProps = {
  workspaceId: string;
  repricing: Repricing;
  previewAgain: () => void;
  step: Step;
  label: string;
  title: string;
  children: ReactNode;
};

/** One step, asked for twice: it changes what people see. */
function StepButton({ workspaceId, repricing, previewAgain, step, label, title, children }: StepProps) {
  const [asking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const take = useMutation({
    mutationFn: () => takeStep(workspaceId, repricing.id, step),
    onSuccess: (now) => {
      setAsking(false);
      queryClient.setQueryData(repricingQuery(workspaceId, repricing.id).queryKey, now);
    },
    // The list, and whatever this page believed: the server's word counts.
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["repricings", workspaceId] }),
  });
  const isStale = take.error instanceof ApiError && take.error.problem.code === "prices_changed";
  return (
    <>
      <Button
        look={step === "apply" ? "primary" : "secondary"}
        size="sm"
        onClick={() => {
          take.reset();
          setAsking(true);
        }}
      >
        {label}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={title}
        action={isStale ? "Preview again" : label}
        keep="Not now"
        look={step === "apply" ? "primary" : "danger"}
        busy={take.isPending}
        error={take.error}
        onConfirm={() => {
          if (isStale) previewAgain();
          else take.mutate();
        }}
      >
        {children}
      </Confirm>
    </>
  );
}
