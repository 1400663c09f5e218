// Prints what the first pages cost over the wire and fails past the budget (200 kB of JavaScript, gzip).
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url);
const LIMIT = 200_000;
const AIM = 120_000;

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", DIST), "utf8"));
const gzipped = (file) => gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;

/** A chunk and all that it imports before it can run. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) closure(next, seen);
  return seen;
}

const size = (names) => [...names].reduce((sum, name) => sum + gzipped(manifest[name].file), 0);
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);

const entry = closure("index.html");
const shell = new Set([...entry, ...closure("src/app/routes/workspace-layout.tsx")]);
const overview = new Set([...shell, ...closure("src/app/routes/overview.tsx")]);
const chart = new Set([...overview, ...closure("src/components/charts/stacked-bars.tsx")]);
const settings = new Set([...shell, ...closure("src/app/routes/settings.tsx")]);

const first = size(overview);
const rows = [
  ["sign-in", size(entry)],
  ["overview, before its chart", first],
  ["overview, with its chart", size(chart)],
  ["settings", size(settings)],
];
for (const [name, bytes] of rows) process.stdout.write(`${kB(bytes)}  JavaScript, gzip: ${name}\n`);
process.stdout.write(
  `${first <= AIM ? "within the aim" : "over the aim"} of ${AIM / 1000} kB for the first page\n`,
);
if (first > LIMIT) {
  process.stderr.write(`The first page is over its budget of ${LIMIT / 1000} kB.\n`);
  process.exit(1);
}
