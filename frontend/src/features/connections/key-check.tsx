import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { connectionsQuery, verifyKey } from "./api";
import { feedsText, keyText } from "./rules";

/** Asks the provider what the stored key is now, and says it, or what mends it. */
export function KeyCheck({ workspaceId, connection }: { workspaceId: string; connection: Connection }) {
  const [open, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const check = useMutation({
    mutationFn: () => verifyKey(workspaceId, connection.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: connectionsQuery(workspaceId).queryKey }),
  });
  const ask = () => {
    check.mutate();
  };
  return (
    <>
      <Button
        look="quiet"
        size="sm"
        aria-label={`Check the key of ${connection.label}`}
        onClick={() => {
          setOpen(true);
          ask();
        }}
      >
        Check the key
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`The key of “${connection.label}”`}>
        {check.data ? (
          <Answer connection={check.data} />
        ) : check.error ? (
          <ErrorState error={check.error} onRetry={ask} />
        ) : (
          <SkeletonRows label="Asking the provider" rows={2} />
        )}
      </Dialog>
    </>
  );
}

function Answer({ connection }: { connection: Connection }) {
  return (
    <div role="status">
      <Notice title="The provider takes it">
        {connection.message && <p>{connection.message}</p>}
        <p>
          It is {withArticle(keyText(connection))} and reads {feedsText(connection.can)}.
        </p>
      </Notice>
    </div>
  );
}

/** "cloud access" takes none. */
const withArticle = (words: string) =>
  words.startsWith("cloud") ? words : `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
