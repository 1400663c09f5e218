/** Build `dist`: one file for each entry, as ESM and as CommonJS, each beside the types of its kind. */

import { execFileSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

import { build } from "esbuild";

const KINDS = { esm: "module", cjs: "commonjs" };

rmSync("dist", { recursive: true, force: true });
for (const [format, type] of Object.entries(KINDS)) {
  const common = { bundle: true, format, target: "es2022", outdir: `dist/${format}`, legalComments: "none" };
  await build({ ...common, entryPoints: ["src/index.ts"], platform: "node" });
  // "neutral" knows no module of Node's: importing one fails the build
  await build({ ...common, entryPoints: ["src/edge.ts"], platform: "neutral" });
  writeFileSync(`dist/${format}/package.json`, `${JSON.stringify({ type })}\n`);
}

// the types are the same text in both; the package.json beside them says which kind they are
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const only = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", "src"];
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...only, "--outDir", "dist/types"], {
  stdio: "inherit",
});
for (const format of Object.keys(KINDS)) cpSync("dist/types", `dist/${format}`, { recursive: true });
rmSync("dist/types", { recursive: true });
