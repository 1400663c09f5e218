import { Notice } from "@/components/ui/notice";

import { wordsFor } from "./elsewhere";

/** Why the way over a provider came to nothing. */
export function ElsewhereNotice({ code }: { code: string }) {
  const { title, detail } = wordsFor(code);
  return (
    <Notice tone="bad" title={title}>
      {detail}
    </Notice>
  );
}
