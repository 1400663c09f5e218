import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Card } from "@/components/ui/card";
import { ErrorState, Loading, Skeleton } from "@/components/ui/states";

import { forecastQuery, type Ledger } from "./api";
import { ForecastWords } from "./forecast-words";

type Props = { workspaceId: string; ledger: Ledger; link: ReactNode };

/** Where this month leads, on the overview. */
export function ForecastFigure({ workspaceId, ledger, link }: Props) {
  const { data, error, refetch } = useQuery(forecastQuery(workspaceId, ledger));
  return (
    <Card title="Expected at the month's end" hint={`${ledger} ledger`} actions={link}>
      {data ? (
        <ForecastWords forecast={data} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading label="Loading the forecast">
          <Skeleton className="h-14" />
        </Loading>
      )}
    </Card>
  );
}
