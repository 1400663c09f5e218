// @vitest-environment node
import { ESLint } from "eslint";
import { expect, it } from "vitest";

const eslint = new ESLint();

/** Lints `line` as if it stood in `file`, and returns the zone rule's words. */
async function complaints(file: string, line: string) {
  const [result] = await eslint.lintText(`${line}\n`, { filePath: file });
  return result!.messages
    .filter(({ ruleId }) => ruleId === "no-restricted-imports")
    .map(({ message }) => message);
}

it.each([
  ["src/features/analytics/api.ts", 'import "@/features/auth/api";', "No feature imports another"],
  ["src/features/analytics/api.ts", 'import "@/app/router";', "Features are below app"],
  ["src/features/analytics/rules.test.ts", 'import "@/features/auth/api";', "No feature imports another"],
  ["src/components/ui/card.tsx", 'import "@/features/auth/api";', "know nothing of features"],
  ["src/components/ui/card.tsx", 'import "@/api/client";', "know nothing of features"],
  ["src/lib/format.ts", 'import "@/components/ui/card";', "know nothing of features"],
  ["src/api/client.ts", 'import "@/app/router";', "know nothing of features"],
  ["src/features/auth/api.ts", 'import "../analytics/api";', "for another room"],
])(
  "%s may not say %s",
  async (file, line, words) => {
    expect(await complaints(file, line)).toEqual([expect.stringContaining(words)]);
  },
  60_000,
);

it.each([
  ["src/features/analytics/api.ts", 'import "@/api/client";'],
  ["src/features/analytics/api.ts", 'import "./filters";'],
  ["src/app/router.tsx", 'import "@/features/auth/api";'],
  ["src/features/auth/agent.test.ts", 'import "@/testing/factories";'],
])(
  "%s may say %s",
  async (file, line) => {
    expect(await complaints(file, line)).toEqual([]);
  },
  60_000,
);
