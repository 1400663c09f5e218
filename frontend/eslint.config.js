import { readdirSync } from "node:fs";

import js from "@eslint/js";
import query from "@tanstack/eslint-plugin-query";
import a11y from "eslint-plugin-jsx-a11y-x";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import ts from "typescript-eslint";

/**
 * The zone rule: `api, lib, components < features < app`, and no feature imports another.
 * Other rooms are reached by "@/...", the own room by "./..."; "../" is refused so that no
 * path can slip past the patterns.
 */
const upward = { regex: "^\\.\\./", message: 'Use "@/..." for another room.' };
const forbid = (rooms, message) => ({ group: rooms.flatMap((r) => [`@/${r}`, `@/${r}/**`]), message });
const zone = (files, patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [upward, ...patterns] }] },
});

const features = readdirSync(new URL("./src/features", import.meta.url));
const tests = ["**/*.test.{ts,tsx}", "src/testing/**"];
const ground = "api, lib and components know nothing of features and pages.";

export const zones = [
  zone(["src/**/*.{ts,tsx}"], []),
  zone(["src/api/**"], [forbid(["components", "features", "app", "testing"], ground)]),
  zone(["src/lib/**"], [forbid(["api", "components", "features", "app", "testing"], ground)]),
  zone(["src/components/**"], [forbid(["api", "features", "app", "testing"], ground)]),
  ...features.map((name) =>
    zone(
      [`src/features/${name}/**`],
      [
        forbid(["app", "testing"], "Features are below app."),
        forbid(["features"], "No feature imports another."),
      ],
    ),
  ),
  // Tests may use the shared stage, and nothing else more than their neighbours may.
  zone(
    ["src/features/**/*.test.{ts,tsx}"],
    [forbid(["app"], "Features are below app."), forbid(["features"], "No feature imports another.")],
  ),
  zone(["src/{api,lib,components}/**/*.test.{ts,tsx}"], [forbid(["features", "app"], ground)]),
];

export default defineConfig(
  globalIgnores(["dist", "node_modules", "src/api/schema.gen.ts", "test-results", "playwright-report"]),
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      // Event handlers may be async: React ignores their promise, and mutations report their own errors.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // TanStack Router's guards throw redirect() and notFound(), which are not Errors.
      "@typescript-eslint/only-throw-error": "off",
      // An empty name is no name: `name || email` means what it says.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      "no-console": "error",
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    extends: [hooks.configs.flat.recommended, a11y.configs.strict, query.configs["flat/recommended"]],
    languageOptions: { globals: globals.browser },
  },
  { files: ["*.{js,ts}", "scripts/**", "e2e/**"], languageOptions: { globals: globals.node } },
  { files: ["public/**"], languageOptions: { globals: globals.browser, sourceType: "script" } },
  ...zones,
  { files: tests, rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
