import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { UnpricedModel } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { dateLabel, monthLabel } from "@/lib/dates";
import { compactCount, count, money, plural } from "@/lib/format";

import { unpricedModelsQuery } from "./api";
import { reasonText } from "./rules";

type Props = {
  workspaceId: string;
  month: string;
  /** What may be done about a model; the page knows, the inbox does not. */
  actions: (model: UnpricedModel) => ReactNode;
};

/** Models that have calls without a cost, most calls first, and what would mend it. */
export function UnpricedInbox({ workspaceId, month, actions }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    unpricedModelsQuery(workspaceId, month),
  );
  if (!data) {
    return (
      <Card>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows label="Loading models without a price" rows={6} />
        )}
      </Card>
    );
  }
  const models = data.pages.flatMap((page) => page.items);
  if (models.length === 0) {
    return (
      <Card>
        <Empty title={`Nothing is unpriced in ${monthLabel(month)}`}>
          Every call of the month is in its total. A model that no price is known for will show up here by
          itself.
        </Empty>
      </Card>
    );
  }
  return (
    <Card>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      <ul aria-label="Models without a price" className="divide-y divide-line">
        {models.map((model) => (
          <Model key={`${model.provider}/${model.model}`} model={model} actions={actions(model)} />
        ))}
      </ul>
      {hasNextPage && (
        <div className="mt-4 text-right">
          <Button look="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </Card>
  );
}

function Model({ model, actions }: { model: UnpricedModel; actions: ReactNode }) {
  return (
    <li className="grid gap-x-6 gap-y-3 py-4 first:pt-0 last:pb-0 lg:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <h2 className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-semibold break-all">{model.model}</span>
          <span className="text-[0.9rem] text-ink-faint">{model.provider}</span>
        </h2>
        <p className="text-[0.93rem]">
          {plural(model.calls, "call")}
          <span className="text-ink-soft">
            {" "}
            · <span title={count(model.input_tokens)}>{compactCount(model.input_tokens)}</span> tokens in,{" "}
            <span title={count(model.output_tokens)}>{compactCount(model.output_tokens)}</span> out · since{" "}
            {dateLabel(model.first_seen_on)} · last <Ago instant={model.last_seen_at} />
          </span>
        </p>
        <Reasons reasons={model.reasons} calls={model.calls} />
        {model.is_priced_now ? (
          <p className="text-[0.9rem] text-good">
            It has a price by now; these calls wait to be priced again.
          </p>
        ) : (
          <Estimate estimate={model.estimate} />
        )}
      </div>
      <div className="flex flex-wrap items-start gap-2 lg:max-w-lg lg:justify-end">{actions}</div>
    </li>
  );
}

function Reasons({ reasons, calls }: { reasons: UnpricedModel["reasons"]; calls: number }) {
  const text = reasons.map((each) =>
    each.calls === calls
      ? reasonText(each.reason)
      : `${plural(each.calls, "call")}: ${reasonText(each.reason)}`,
  );
  return <p className="text-[0.9rem] text-warn">Why: {text.join("; ")}.</p>;
}

/** A guess, and said to be one; it is in no total. */
function Estimate({ estimate }: { estimate: UnpricedModel["estimate"] }) {
  if (estimate === null) {
    return <p className="text-[0.9rem] text-ink-faint">What is at stake cannot be estimated.</p>;
  }
  return (
    <p className="flex items-start gap-2 text-[0.9rem]">
      <span className="shrink-0">
        <Badge>estimate</Badge>
      </span>
      <span>
        about {money(estimate.cost)}, if priced like {estimate.like}{" "}
        <span className="text-ink-faint">({estimate.why})</span>
      </span>
    </p>
  );
}
