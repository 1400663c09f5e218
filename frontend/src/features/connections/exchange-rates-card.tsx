import { useQuery } from "@tanstack/react-query";

import type { ExchangeRate } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/states";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { dateLabel } from "@/lib/dates";

import { creditsQuery, currenciesQuery, exchangeRatesQuery } from "./api";
import { isForeign } from "./exchange-rates";
import { RateDialog } from "./rate-dialog";
import { RateToast } from "./rate-toast";
import { useRateChanges, type RateChanges } from "./use-rate-changes";

type Props = { workspaceId: string; mayEdit: boolean };

/** What other currencies are worth; for who has to do with dollars only, no more than a quiet way to it. */
export function ExchangeRatesCard({ workspaceId, mayEdit }: Props) {
  const { data, error, refetch } = useQuery(exchangeRatesQuery(workspaceId));
  const { data: waiting = [], isPending: areCurrenciesOut } = useQuery(currenciesQuery(workspaceId));
  const { data: credits, isPending: areCreditsOut } = useQuery(creditsQuery(workspaceId));
  const changes = useRateChanges(workspaceId);
  const rates = data?.items ?? [];
  const isShown = rates.length + waiting.length > 0 || credits?.items.some((of) => isForeign(of.currency));
  // it must not change its shape under an open dialog
  if ((!data && !error) || areCurrenciesOut || areCreditsOut) return null;
  const enter = mayEdit && data && (
    <RateDialog
      rates={rates}
      changes={changes}
      currency={waiting[0]}
      look={isShown ? "secondary" : "quiet"}
    />
  );
  return (
    <>
      {isShown || error ? (
        <Card
          title="Exchange rates"
          hint="Dollars for a unit of another currency, from a day on."
          actions={enter}
        >
          {data ? <Rates {...{ rates, waiting, changes, mayEdit }} /> : null}
          {error && <ErrorState error={error} onRetry={() => void refetch()} />}
        </Card>
      ) : (
        enter && <div className="flex justify-end">{enter}</div>
      )}
      {changes.error && <ErrorState error={changes.error} />}
      {changes.last && <RateToast changes={changes} />}
    </>
  );
}

type RatesProps = { rates: ExchangeRate[]; waiting: string[]; changes: RateChanges; mayEdit: boolean };

function Rates({ rates, waiting, changes, mayEdit }: RatesProps) {
  return (
    <div className="grid gap-3">
      {waiting.length > 0 && (
        <p className="text-[0.93rem]">
          Not counted in dollars yet: what was billed in <strong>{waiting.join(", ")}</strong> on days without
          a rate.
        </p>
      )}
      {rates.length > 0 ? (
        <Table label="Exchange rates by currency and day">
          <thead>
            <tr>
              <Head>Currency</Head>
              <Head>From</Head>
              <Head end>Dollars per unit</Head>
              {mayEdit && (
                <Head>
                  <span className="sr-only">Change</span>
                </Head>
              )}
            </tr>
          </thead>
          <tbody>
            {rates.map((rate) => (
              <Rate key={`${rate.currency}/${rate.day}`} rate={rate} mayEdit={mayEdit} changes={changes} />
            ))}
          </tbody>
        </Table>
      ) : (
        <p className="text-[0.93rem] text-ink-faint">
          No rate is entered: other currencies stay as they are, beside the dollars.
        </p>
      )}
    </div>
  );
}

type RateProps = { rate: ExchangeRate; mayEdit: boolean; changes: RateChanges };

function Rate({ rate: { currency, day, usd_per_unit: rate }, mayEdit, changes }: RateProps) {
  return (
    <Row>
      <Name className="font-medium">{currency}</Name>
      <Cell className="whitespace-nowrap">{dateLabel(day)}</Cell>
      <Cell end className="tabular-nums">
        {rate}
      </Cell>
      {mayEdit && (
        <Cell end>
          <Button
            look="quiet"
            size="sm"
            disabled={changes.isPending}
            aria-label={`Remove the rate of ${currency} from ${dateLabel(day)}`}
            onClick={() => {
              changes.change({ currency, day, before: rate, after: null });
            }}
          >
            Remove
          </Button>
        </Cell>
      )}
    </Row>
  );
}
