import type { SendingKey } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { count } from "@/lib/format";

/** The key that fell silent is seen here first. */
export function SendingKeysCard({ keys }: { keys: readonly SendingKey[] }) {
  return (
    <Card title="API keys" hint="When the last good event came with each, and how many in this time">
      {keys.length === 0 ? (
        <p className="text-[0.93rem] text-ink-soft">No key of this workspace may send calls.</p>
      ) : (
        <Table label="Last event of each key">
          <thead>
            <tr>
              <Head>Key</Head>
              <Head>Last event</Head>
              <Head end>Received</Head>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.id ?? "none"} sending={key} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}

function KeyRow({ sending }: { sending: SendingKey }) {
  const { id, name, may_send: maySend, last_event_at: last, received, rejected } = sending;
  return (
    <Row>
      <Name className="min-w-28 break-words">
        {name ?? <span className="text-ink-soft">without a key (files)</span>}
        {id !== null && !maySend && (
          <>
            {" "}
            <Badge title="Revoked, or without the right to send">cannot send</Badge>
          </>
        )}
      </Name>
      <Cell className="whitespace-nowrap">
        {last ? <Ago instant={last} /> : <span className="text-ink-faint">never</span>}
      </Cell>
      <Cell end>
        {count(received)}
        {rejected > 0 && <span className="block text-[0.82rem] text-bad">{count(rejected)} rejected</span>}
      </Cell>
    </Row>
  );
}
