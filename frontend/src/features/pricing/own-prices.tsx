import { useInfiniteQuery } from "@tanstack/react-query";

import type { PriceRule } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { plural } from "@/lib/format";

import { ownPricesQuery } from "./api";
import { PriceDialog } from "./price-dialog";
import { fullText, KINDS, STATES } from "./rules";
import type { PriceChanges } from "./use-price-changes";

type Props = { workspaceId: string; mayEdit: boolean; changes: PriceChanges };

/** The workspace's own rates, discounts and deployments, by whether they count now. */
export function OwnPrices({ workspaceId, mayEdit, changes }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    ownPricesQuery(workspaceId),
  );
  const rules = data?.pages.flatMap((page) => page.items);
  return (
    <Card
      title="Your own prices"
      hint={
        mayEdit
          ? "Rates you negotiated, discounts, and what your deployments are."
          : "Owners and admins change them."
      }
      actions={mayEdit && <PriceDialog changes={changes} label="New price" size="sm" />}
    >
      {changes.error && <ErrorState error={changes.error} />}
      {rules ? (
        rules.length > 0 ? (
          <Groups rules={rules} mayEdit={mayEdit} changes={changes} />
        ) : (
          <Empty title="No prices of your own">
            Every call is priced by the public list. Add what your contract says, or what a deployment is.
          </Empty>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading your prices" />
      )}
      {hasNextPage && (
        <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </Card>
  );
}

type GroupsProps = { rules: PriceRule[]; mayEdit: boolean; changes: PriceChanges };

function Groups({ rules, ...rest }: GroupsProps) {
  return (
    <div className="grid gap-5">
      {STATES.map(({ value, label }) => {
        const own = rules.filter(({ state }) => state === value);
        if (own.length === 0) return null;
        const list = <Rules label={label} rules={own} {...rest} />;
        // What no longer counts is there to be looked up, not to be read each time.
        if (value === "in_force" || value === "scheduled") {
          return (
            <section key={value} aria-label={label}>
              <h3 className="eyebrow mb-1">{label}</h3>
              {list}
            </section>
          );
        }
        return (
          <details key={value}>
            <summary className="eyebrow cursor-pointer">
              {label}: {plural(own.length, "price")}
            </summary>
            {list}
          </details>
        );
      })}
    </div>
  );
}

function Rules({ label, rules, mayEdit, changes }: GroupsProps & { label: string }) {
  return (
    <ul aria-label={label} className="divide-y divide-line">
      {rules.map((rule) => (
        <Rule key={rule.id} rule={rule} mayEdit={mayEdit} changes={changes} />
      ))}
    </ul>
  );
}

function Rule({ rule, mayEdit, changes }: { rule: PriceRule; mayEdit: boolean; changes: PriceChanges }) {
  const text = fullText(rule);
  const isRevoked = rule.state === "revoked";
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className={isRevoked ? "text-ink-faint line-through" : "font-medium"}>{text}</p>
        <p className="flex flex-wrap items-center gap-x-2 text-[0.87rem] text-ink-faint">
          <Badge>{KINDS.find(({ value }) => value === rule.kind)?.label.toLowerCase()}</Badge>
          <span>
            {rule.revoked_at ? "revoked" : "added"} <Ago instant={rule.revoked_at ?? rule.created_at} />
          </span>
          {rule.note && <span>· {rule.note}</span>}
        </p>
      </div>
      {mayEdit && rule.state !== "ended" && (
        <Button
          look={isRevoked ? "secondary" : "danger"}
          size="sm"
          disabled={changes.isPending}
          aria-label={`${isRevoked ? "Restore" : "Revoke"}: ${text}`}
          onClick={() => {
            changes.change({ done: isRevoked ? "restored" : "revoked", rules: [rule] });
          }}
        >
          {isRevoked ? "Restore" : "Revoke"}
        </Button>
      )}
    </li>
  );
}
