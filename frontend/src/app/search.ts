/** Plain query strings (`?month=2023-11`): every value is text, and a page's own rules judge it. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  const text = new URLSearchParams(pairs).toString();
  return text && `?${text}`;
}
