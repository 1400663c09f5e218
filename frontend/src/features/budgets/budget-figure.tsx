import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Budget } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { ErrorState, Loading, Skeleton } from "@/components/ui/states";
import { money, points } from "@/lib/format";

import { budgetsQuery } from "./api";
import { isNegative, mainBudget, periodText, standing } from "./rules";
import { UsedBar } from "./used-bar";

type Props = { workspaceId: string; ofMonth: string | null; link: ReactNode };

/** What the month is held to at a glance (`ofMonth` is its id), or else the fullest budget; without one, what it would do. */
export function BudgetFigure({ workspaceId, ofMonth, link }: Props) {
  const { data, error, refetch } = useQuery(budgetsQuery(workspaceId));
  const budget = data && mainBudget(data.items, ofMonth);
  return (
    <Card
      title="Budget"
      hint={budget && `${budget.name}, ${money(budget.amount, budget.currency)} ${periodText(budget)}`}
      actions={
        <>
          {budget && <Badge tone={standing(budget).tone}>{standing(budget).label}</Badge>}
          {link}
        </>
      }
    >
      {budget ? (
        <Glance budget={budget} />
      ) : data ? (
        <p className="text-[0.93rem] text-ink-soft">
          No budget is set. One tells you when a part of it is used, before the bill does.
        </p>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading label="Loading the budget">
          <Skeleton className="h-14" />
        </Loading>
      )}
    </Card>
  );
}

function Glance({ budget }: { budget: Budget }) {
  const { current, currency } = budget;
  const isOver = isNegative(current.remaining);
  return (
    <div className="grid gap-2.5">
      <p className="text-[1.35rem] leading-tight font-semibold">
        {current.used_percent === null ? "Not billed yet" : `${points(current.used_percent)} used`}
        {current.remaining !== null && (
          <span className="text-[0.95rem] font-normal text-ink-soft">
            {" "}
            · <Amount value={current.remaining.replace(/^-/, "")} currency={currency} />{" "}
            {isOver ? "over" : "remaining"}
          </span>
        )}
      </p>
      <UsedBar budget={budget} />
    </div>
  );
}
