import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "@/api/client";
import type { NewPriceRule, PriceRuleChanged } from "@/api/types";

const inWorkspace = (workspaceId: string) => ({ workspace_id: workspaceId });
const one = (workspaceId: string, id: string) => ({ workspace_id: workspaceId, rule_id: id });

export const ownPricesQuery = (workspaceId: string) =>
  infiniteQueryOptions({
    queryKey: ["own-prices", workspaceId],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/prices", {
          params: {
            path: inWorkspace(workspaceId),
            query: pageParam === null ? {} : { cursor: pageParam },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

/** The server has them by provider; enough of them, for the screen to put the likeliest first. */
const MOST = 200;

/** Known models whose names contain every word of `text`. */
export const knownModelsQuery = (workspaceId: string, text: string) =>
  queryOptions({
    queryKey: ["known-models", workspaceId, text],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/known-models", {
          params: { path: inWorkspace(workspaceId), query: { q: text, limit: MOST } },
        }),
      ),
    staleTime: Infinity,
  });

/** Every row of the book that ever applied to a model. */
export const bookQuery = (workspaceId: string, provider: string, model: string) =>
  queryOptions({
    queryKey: ["book", workspaceId, provider, model],
    queryFn: () =>
      unwrap(
        client.GET("/api/v1/workspaces/{workspace_id}/prices/{provider}/{model}", {
          params: { path: { workspace_id: workspaceId, provider, model } },
        }),
      ),
  });

const createRule = (workspaceId: string, body: NewPriceRule) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/prices", {
      params: { path: inWorkspace(workspaceId) },
      body,
    }),
  );

const revokeRule = (workspaceId: string, id: string) =>
  unwrap(
    client.DELETE("/api/v1/workspaces/{workspace_id}/prices/{rule_id}", {
      params: { path: one(workspaceId, id) },
    }),
  );

const restoreRule = (workspaceId: string, id: string) =>
  unwrap(
    client.POST("/api/v1/workspaces/{workspace_id}/prices/{rule_id}/restore", {
      params: { path: one(workspaceId, id) },
    }),
  );

/** One rule of several was refused; the ones before it were taken back, so nothing is half done. */
export class RuleRefused extends Error {
  constructor(
    readonly rule: NewPriceRule,
    readonly reason: Error,
  ) {
    super(reason.message);
    this.name = "RuleRefused";
  }
}

async function createRules(workspaceId: string, rules: NewPriceRule[]): Promise<PriceRuleChanged[]> {
  const made: PriceRuleChanged[] = [];
  for (const rule of rules) {
    try {
      made.push(await createRule(workspaceId, rule));
    } catch (reason) {
      await inTurn(made, ({ id }) => revokeRule(workspaceId, id));
      throw new RuleRefused(rule, reason instanceof Error ? reason : new Error(String(reason)));
    }
  }
  return made;
}

/** One after the other: each change takes the workspace's lock. */
async function inTurn<Item, Done>(
  items: readonly Item[],
  step: (item: Item) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = [];
  for (const item of items) done.push(await step(item));
  return done;
}

/** What is asked of the workspace's own prices. */
export type Wanted =
  | { done: "added"; rules: NewPriceRule[] }
  | { done: "revoked" | "restored"; rules: readonly { id: string }[] };

export type Change = { done: Wanted["done"]; rules: PriceRuleChanged[] };

export async function carryOut(workspaceId: string, wanted: Wanted): Promise<Change> {
  const { done } = wanted;
  if (wanted.done === "added") return { done, rules: await createRules(workspaceId, wanted.rules) };
  const step = wanted.done === "revoked" ? revokeRule : restoreRule;
  return { done, rules: await inTurn(wanted.rules, ({ id }) => step(workspaceId, id)) };
}
