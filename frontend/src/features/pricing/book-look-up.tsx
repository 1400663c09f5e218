import { useQuery } from "@tanstack/react-query";

import type { ModelPrices, PriceRow } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { SourceLink } from "@/components/ui/source-link";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { dateLabel, periodLabel } from "@/lib/dates";
import { onSubmit } from "@/lib/form";

import { bookQuery } from "./api";
import { conditionsOf, priceOf, unitOf } from "./rows";
import { fullText } from "./rules";
import type { BookSearch } from "./search";

type Props = { workspaceId: string; onLookUp: (search: BookSearch) => void } & BookSearch;

/** Any model's prices, as the book has ever had them. */
export function BookLookUp({ workspaceId, provider, model, onLookUp }: Props) {
  return (
    <Card title="Look up the price book" hint="Every row that ever applied to a model, with its source.">
      <form
        key={`${provider}/${model}`}
        className="mb-4 flex flex-wrap items-end gap-3"
        onSubmit={onSubmit((field) => {
          onLookUp({ provider: field("provider"), model: field("model") });
        })}
      >
        <div className="w-full sm:w-44">
          <Field label="Provider" name="provider" defaultValue={provider} placeholder="openai" required />
        </div>
        <div className="w-full sm:w-64">
          <Field label="Model" name="model" defaultValue={model} placeholder="gpt-4o" required />
        </div>
        <Button type="submit" look="secondary">
          Look up
        </Button>
      </form>
      {provider !== undefined && model !== undefined && (
        <Found workspaceId={workspaceId} provider={provider} model={model} />
      )}
    </Card>
  );
}

function Found({ workspaceId, provider, model }: { workspaceId: string; provider: string; model: string }) {
  const { data, error, refetch } = useQuery(bookQuery(workspaceId, provider, model));
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonRows label="Looking it up" />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-4" role="region" aria-label={`Prices of ${model}`}>
      {data.own.length > 0 && <Own prices={data} />}
      {data.rows.length > 0 ? (
        <Rows prices={data} />
      ) : (
        <Empty title={`The price book has no price for ${model} at ${provider}`}>
          Its calls are unpriced, unless a price of your own says what they cost.
        </Empty>
      )}
    </div>
  );
}

function Own({ prices }: { prices: ModelPrices }) {
  return (
    <section aria-label="Of your own">
      <h3 className="eyebrow mb-1">Of your own</h3>
      <ul>
        {prices.own.map((rule) => (
          <li key={rule.id} className={rule.state === "revoked" ? "text-ink-faint line-through" : undefined}>
            {fullText(rule)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Rows({ prices }: { prices: ModelPrices }) {
  return (
    <section aria-label="In the price book">
      <h3 className="eyebrow mb-1">In the price book, version {prices.price_version}</h3>
      <Table label="Rows of the price book">
        <thead>
          <tr>
            <Head>For</Head>
            <Head end>Price</Head>
            <Head>When</Head>
            <Head>Only for</Head>
            <Head>Source</Head>
          </tr>
        </thead>
        <tbody>
          {prices.rows.map((row, index) => (
            <BookRow key={index} row={row} />
          ))}
        </tbody>
      </Table>
    </section>
  );
}

function BookRow({ row }: { row: PriceRow }) {
  return (
    <Row>
      <Name className="min-w-32">
        {unitOf(row)}
        <span className="block text-[0.84rem] text-ink-faint">{row.model}</span>
      </Name>
      <Cell end className="font-medium whitespace-nowrap">
        {priceOf(row)}
      </Cell>
      <Cell className="min-w-36">
        {periodLabel(row.effective_from, row.effective_to)}
        {row.superseded_on && (
          <span className="block text-[0.84rem] text-warn">replaced on {dateLabel(row.superseded_on)}</span>
        )}
      </Cell>
      <Cell className="min-w-36">
        <span className="flex flex-wrap gap-1">
          {conditionsOf(row).map((word) => (
            <Badge key={word}>{word}</Badge>
          ))}
        </span>
      </Cell>
      <Cell className="min-w-40 text-[0.87rem]">
        <SourceLink name={row.source} at={row.source_ref} />
        <span className="block text-ink-faint">checked {dateLabel(row.checked_on)}</span>
        {row.note && <span className="block text-ink-soft">{row.note}</span>}
      </Cell>
    </Row>
  );
}
