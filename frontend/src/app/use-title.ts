import { useEffect } from "react";

/** Names the tab, and with it what a screen reader says when the page changes. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · TokenBoard`;
  }, [title]);
}
