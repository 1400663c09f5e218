import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Notice } from "@/components/ui/notice";
import { plural } from "@/lib/format";

import { budgetsQuery } from "./api";
import { standing, trouble, troubled } from "./rules";

const SHOWN = 2;

/** Budgets that have passed a threshold or reached their limit, the worst first. */
export function BudgetBanners({ workspaceId, link }: { workspaceId: string; link: ReactNode }) {
  const { data } = useQuery(budgetsQuery(workspaceId));
  const found = troubled(data?.items ?? []);
  if (found.length === 0) return null;
  return (
    <div className="grid gap-2">
      {found.slice(0, SHOWN).map((budget) => (
        <Notice
          key={budget.id}
          tone={standing(budget).tone === "bad" ? "bad" : "warn"}
          title={trouble(budget).title}
          action={link}
        >
          {trouble(budget).text}
        </Notice>
      ))}
      {found.length > SHOWN && (
        <p className="px-1 text-[0.87rem] text-ink-soft">
          And {plural(found.length - SHOWN, "other budget")} past a threshold.
        </p>
      )}
    </div>
  );
}
