import { useRouter } from "@tanstack/react-router";

import { buttonClass } from "@/components/ui/button";

/** A page below the workspace that the server names by its address, like `/calls?model=gpt-4o`. */
export function InnerLink({ workspace, path }: { workspace: string; path: string }) {
  const router = useRouter();
  const href = `/w/${workspace}${path}`;
  return (
    <a
      href={href}
      className={buttonClass({ look: "secondary", size: "sm" })}
      onClick={(event) => {
        // another tab or window is the browser's affair
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        router.history.push(href);
      }}
    >
      Look at it
    </a>
  );
}
