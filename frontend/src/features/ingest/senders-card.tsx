import type { IngestStats } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Ago } from "@/components/ui/moment";
import { Cell, Head, Name, Row, Table } from "@/components/ui/table";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";

import { dropsText } from "./health";

/** What never arrived, by the word of those who should have sent it. */
export function SendersCard({ senders }: { senders: IngestStats["senders"] }) {
  return (
    <Card title="Senders" hint="What each sending process says it had to drop since it started">
      {senders.count === 0 ? (
        <p className="text-[0.93rem] text-ink-soft">
          No sender reported of itself in this time. TokenBoard&apos;s SDKs do; plain HTTP clients may.
        </p>
      ) : (
        <>
          <p className="mb-3 text-[0.93rem] text-ink-soft">
            {plural(senders.count, "process", "processes")},{" "}
            {senders.dropped === 0 ? (
              "nothing dropped."
            ) : (
              <span className="font-medium text-bad">{plural(senders.dropped, "event")} dropped.</span>
            )}
          </p>
          <Table label="Sending processes">
            <thead>
              <tr>
                <Head>Process</Head>
                <Head>Dropped</Head>
                <Head>Last heard</Head>
              </tr>
            </thead>
            <tbody>
              {senders.items.map((sender) => (
                <Row key={sender.id}>
                  <Name className="min-w-32">
                    {sender.name || "unnamed"}
                    <span className="block font-mono text-[0.78rem] break-all text-ink-faint">
                      {sender.id}
                    </span>
                  </Name>
                  <Cell className={cx("min-w-28", dropsText(sender.dropped) ? "text-bad" : "text-ink-faint")}>
                    {dropsText(sender.dropped) || "nothing"}
                  </Cell>
                  <Cell className="whitespace-nowrap">
                    <Ago instant={sender.last_seen_at} />
                  </Cell>
                </Row>
              ))}
            </tbody>
          </Table>
        </>
      )}
    </Card>
  );
}
