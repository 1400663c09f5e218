/** The model whose rows of the price book are looked up. */
export type BookSearch = { provider?: string; model?: string };

export function bookSearch(raw: Record<string, unknown>): BookSearch {
  const { provider, model } = raw;
  if (typeof provider !== "string" || typeof model !== "string" || !provider || !model) return {};
  return { provider, model };
}
