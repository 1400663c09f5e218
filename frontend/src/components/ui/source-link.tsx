/** Only an address of the web is made a link. */
const isLink = (text: string) => /^https?:\/\//.test(text) && URL.canParse(text);

/** Where something was read: a name, and the page behind it where there is one. */
export function SourceLink({ name, at }: { name: string; at: string }) {
  if (!isLink(at)) return <>{[name, at !== name && at].filter(Boolean).join(": ")}</>;
  return (
    <a
      href={at}
      target="_blank"
      rel="noreferrer"
      className="break-words text-accent underline underline-offset-3"
    >
      {name || new URL(at).hostname}
    </a>
  );
}
