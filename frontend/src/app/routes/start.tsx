import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useCallback, type ReactNode } from "react";

import { PageHeader } from "@/components/layout/page-header";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { ErrorState } from "@/components/ui/states";
import { KEY_PLACEHOLDER } from "@/features/ingest/snippets";
import { SnippetTabs } from "@/features/ingest/snippet-tabs";
import { WaitingForCall } from "@/features/ingest/waiting-for-call";
import { createApiKey, freshKeyQuery } from "@/features/workspaces/api";
import { KeyReveal } from "@/features/workspaces/key-reveal";
import { FIRST_KEY, isAdmin } from "@/features/workspaces/rules";
import { currentMonth, monthOf } from "@/lib/dates";

import { useTitle } from "@/app/use-title";

const route = getRouteApi("/signed-in/w/$workspace/start");

export function StartPage() {
  useTitle("Send your first call");
  const { workspace } = route.useRouteContext();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { data: key } = useQuery(freshKeyQuery(workspace.id));

  const open = useCallback(
    (occurredAt: string) => {
      const month = monthOf(occurredAt);
      // The secret has been shown; from here on it is nowhere.
      queryClient.removeQueries({ queryKey: freshKeyQuery(workspace.id).queryKey });
      void navigate({
        to: "/w/$workspace",
        params: { workspace: workspace.slug },
        search: month === currentMonth() ? {} : { month },
      });
    },
    [navigate, queryClient, workspace],
  );
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader
        title="Send your first call"
        hint="Paste one of these into a terminal or your code. The dashboard opens by itself when the call arrives."
      />
      <div className="grid gap-5">
        <Step number={1} title="Keep your API key">
          {key ? (
            <KeyReveal name={key.name} secret={key.key} />
          ) : (
            <NoKey workspaceId={workspace.id} mayCreate={isAdmin(workspace.role)} />
          )}
        </Step>
        <Step number={2} title="Send a call">
          <SnippetTabs origin={window.location.origin} apiKey={key?.key ?? KEY_PLACEHOLDER} />
        </Step>
        <Step number={3} title="Watch it arrive">
          <WaitingForCall
            workspaceId={workspace.id}
            onArrived={open}
            skip={
              <Link
                to="/w/$workspace"
                params={{ workspace: workspace.slug }}
                className="text-[0.93rem] font-medium text-accent underline underline-offset-3"
              >
                Skip to the dashboard
              </Link>
            }
          />
        </Step>
      </div>
    </div>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="mb-2 flex items-center gap-2.5 font-semibold">
        <span
          aria-hidden="true"
          className="grid size-6 place-items-center rounded-full bg-accent-wash text-[0.85rem] text-accent-strong"
        >
          {number}
        </span>
        {title}
      </h2>
      {children}
    </section>
  );
}

/** After a reload the secret is gone for good; a new key is the way on. */
function NoKey({ workspaceId, mayCreate }: { workspaceId: string; mayCreate: boolean }) {
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: () => createApiKey(workspaceId, FIRST_KEY),
    onSuccess: (key) => {
      queryClient.setQueryData(freshKeyQuery(workspaceId).queryKey, key);
    },
  });
  if (create.error) {
    return (
      <ErrorState
        error={create.error}
        onRetry={() => {
          create.mutate();
        }}
      />
    );
  }
  return (
    <Notice
      title={mayCreate ? "A key is shown only once" : "Ask an admin for a key"}
      action={
        mayCreate && (
          <Button
            size="sm"
            busy={create.isPending}
            onClick={() => {
              create.mutate();
            }}
          >
            Create a key
          </Button>
        )
      }
    >
      {mayCreate
        ? "Put the key you stored into the snippet below, or create another one."
        : "Your role in this workspace does not create keys. Owners and admins do, under Settings."}
    </Notice>
  );
}
