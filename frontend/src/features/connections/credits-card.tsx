import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { CreditAccount } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { dateLabel } from "@/lib/dates";
import { UNKNOWN } from "@/lib/format";

import { creditsQuery, deleteBalance } from "./api";
import { BalanceDialog } from "./balance-dialog";
import { isTypedIn, sinceText } from "./credits";

type Props = { workspaceId: string; mayEdit: boolean };

/** What is left in each account, what was spent of it, and until when it lasts. */
export function CreditsCard({ workspaceId, mayEdit }: Props) {
  const { data, error, refetch } = useQuery(creditsQuery(workspaceId));
  return (
    <Card
      title="Credits"
      hint="Prepaid balances, each in its own currency; they are added to nothing."
      actions={mayEdit && <BalanceDialog workspaceId={workspaceId} />}
    >
      {data ? (
        data.items.length > 0 ? (
          <ul className="divide-y divide-line">
            {data.items.map((account) => (
              <Account
                key={`${account.connection_id}/${account.provider}/${account.account}/${account.currency}`}
                workspaceId={workspaceId}
                mayEdit={mayEdit}
                account={account}
              />
            ))}
          </ul>
        ) : (
          <Empty title="No balance is known yet">
            A connection reads it where the provider tells it. Where it does not, type in what the provider’s
            page shows: what was spent follows from the next balance, or from the bill.
          </Empty>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the credits" rows={2} />
      )}
    </Card>
  );
}

function Account({ workspaceId, mayEdit, account }: Props & { account: CreditAccount }) {
  const { currency, available, runs_out_at: runsOut } = account;
  const newest = account.history.at(-1);
  return (
    <li className="grid gap-3 py-4 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="min-w-0">
          <span className="font-medium">{account.label ?? account.provider}</span>
          {account.account && <span className="text-ink-faint"> · {account.account}</span>}
          <span className="block text-[0.87rem] text-ink-faint">
            {isTypedIn(account) ? "typed in, as of " : "read "}
            <Ago instant={account.at} />
            {account.expires_at && ` · expires ${dateLabel(account.expires_at)}`}
          </span>
        </p>
        {mayEdit && isTypedIn(account) && newest && (
          <TakeBack workspaceId={workspaceId} id={newest.id} name={account.label ?? account.provider} />
        )}
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 lg:grid-cols-4">
        <Figure label="Left" note={account.billed_since !== null && "less what was billed since"}>
          <Amount value={available} currency={currency} unknown={UNKNOWN} exact="below" />
        </Figure>
        <Figure label="Spent today (UTC)" note={sinceText(account.today_since, "day")}>
          <Amount value={account.spent_today} currency={currency} unknown={UNKNOWN} exact="below" />
        </Figure>
        <Figure label="Spent this month" note={sinceText(account.month_since, "month")}>
          <Amount value={account.spent_this_month} currency={currency} unknown={UNKNOWN} exact="below" />
        </Figure>
        <Figure label="Runs out on" note={runsOut && "at the pace of the last 14 days"}>
          {runsOut ? dateLabel(runsOut) : <span className="text-ink-faint">{UNKNOWN}</span>}
        </Figure>
      </dl>
    </li>
  );
}

function Figure({ label, note, children }: { label: string; note: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{label}</dt>
      <dd className="mt-1 text-[1.1rem] leading-tight font-semibold tracking-tight">
        {children}
        {note && <span className="mt-1 block text-[0.84rem] font-normal text-ink-faint">{note}</span>}
      </dd>
    </div>
  );
}

/** A mistyped balance can be taken back; what it said counts no longer. */
function TakeBack({ workspaceId, id, name }: { workspaceId: string; id: string; name: string }) {
  const queryClient = useQueryClient();
  const take = useMutation({
    mutationFn: () => deleteBalance(workspaceId, id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: creditsQuery(workspaceId).queryKey }),
  });
  return (
    <>
      {take.error && <ErrorState error={take.error} />}
      <Button
        look="quiet"
        size="sm"
        aria-label={`Take back the newest balance of ${name}`}
        busy={take.isPending}
        onClick={() => {
          take.mutate();
        }}
      >
        Take back
      </Button>
    </>
  );
}
