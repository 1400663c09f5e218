import { useQuery } from "@tanstack/react-query";

import type { Connection } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Empty, ErrorState, SkeletonRows } from "@/components/ui/states";

import { connectionsQuery, providersQuery } from "./api";
import { ConnectionCard } from "./connection-card";

type Props = { workspaceId: string; mayEdit: boolean };

/** Every connection with how it is, and the way to a first one. */
export function ConnectionList({ workspaceId, mayEdit }: Props) {
  const { data, error, refetch } = useQuery(connectionsQuery(workspaceId));
  if (!data) {
    return (
      <Card>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows label="Loading the connections" />
        )}
      </Card>
    );
  }
  if (data.items.length === 0) return <NoConnections mayEdit={mayEdit} />;
  return (
    <>
      {error && <ErrorState error={error} title="The connections could not be refreshed; these are older" />}
      <Connections workspaceId={workspaceId} mayEdit={mayEdit} connections={data.items} />
    </>
  );
}

function Connections({ connections, ...rest }: Props & { connections: Connection[] }) {
  const { data: providers } = useQuery(providersQuery(rest.workspaceId));
  return (
    <ul className="grid gap-3">
      {connections.map((connection) => (
        <li key={connection.id}>
          <ConnectionCard
            {...rest}
            connection={connection}
            guide={providers?.items.find(
              ({ provider, mode }) => provider === connection.provider && mode === connection.mode,
            )}
          />
        </li>
      ))}
    </ul>
  );
}

function NoConnections({ mayEdit }: Pick<Props, "mayEdit">) {
  return (
    <Card>
      <Empty title="No provider is connected yet">
        A connection reads your real bill from the provider: costs by day, project, line item and model, usage
        and credits. It stands beside what your calls tell, and stays right by itself: every hour it is read
        again, with the days that the provider has changed since.
        {!mayEdit && <p className="mt-2">Owners and admins connect providers.</p>}
      </Empty>
    </Card>
  );
}
