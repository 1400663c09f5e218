"""Check the TypeScript SDK: `python -m scripts.sdk_typescript types|test|package`.

Its tests drive the vendors' real clients and the built package, that on several runtimes too. What they need is
installed by npm, again only when the lock files change.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.machine import ROOT, stop, without_own_settings
from scripts.setup import fingerprint, is_fresh, sdk_packages, sdk_runtimes

SDK = ROOT / "sdk" / "typescript"
BUILT_BY = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json")
# Run where nothing but the packed package is installed, as ESM and as CommonJS: tracks, and says that nobody answered.
USE = """
tokenboard.init({ apiKey: "tb_smoke", baseUrl: "http://127.0.0.1:9", flushIntervalMs: 10 });
const id = tokenboard.track({ provider: "openai", model: "gpt-5.4", usage: { inputTokens: 1 } });
if (id === undefined) throw Error("not tracked");
tokenboard.shutdown(200).then(() => {
  if (tokenboard.dropped().exit !== 1) throw Error(JSON.stringify(tokenboard.dropped()));
  console.log("@tokenboard/sdk", tokenboard.VERSION, "works from its package, KIND");
});
"""
KINDS = {
    "smoke.mjs": f'import * as tokenboard from "@tokenboard/sdk";{USE.replace("KIND", "ESM")}',
    "smoke.cjs": f'const tokenboard = require("@tokenboard/sdk");{USE.replace("KIND", "CommonJS")}',
}
TYPED = """
import * as tokenboard from "@tokenboard/sdk";
const id: string | undefined = tokenboard.track({ provider: "openai", model: "gpt-5.4" });
const same: { a: number } = tokenboard.wrap({ a: 1 }, { provider: "openai" });
export const sent: Promise<boolean> = tokenboard.context({ user: id ?? String(same.a) }, () => tokenboard.flush());
"""


def types() -> None:
    """TypeScript, ESLint and the format."""
    sdk_packages()
    for script in ("typecheck", "lint", "format:check"):
        _do(["npm", "run", "--silent", script])


def test() -> None:
    """The tests, over the package as it is built, on this Node.js and on other runtimes."""
    build()
    sdk_runtimes()
    _do(["npm", "run", "--silent", "test"])


def build() -> None:
    """`dist`, built again only when something that it is made from changed."""
    sdk_packages()
    stamp = SDK / "dist" / ".stamp"
    key = fingerprint([*sorted((SDK / "src").rglob("*.ts")), *(SDK / name for name in BUILT_BY)])
    if is_fresh(stamp, key):
        return
    _do(["npm", "run", "--silent", "build"])
    stamp.write_text(key)


def package() -> None:
    """Pack it, install it into an empty folder and try it there: both kinds of modules, and its types."""
    build()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packed = _do(["npm", "pack", "--json", "--pack-destination", name], quiet=True)
        file = json.loads(packed)[0]["filename"].rpartition("/")[2]
        (folder / "package.json").write_text('{"private": true}')
        _do(["npm", "install", "--no-audit", "--no-fund", "--offline", f"./{file}"], folder=folder, quiet=True)
        installed = [path.name for path in (folder / "node_modules").iterdir() if not path.name.startswith(".")]
        if installed != ["@tokenboard"]:
            stop(f"The package brings others with it: {installed}")
        for program, text in KINDS.items():
            (folder / program).write_text(text)
            _do(["node", program], folder=folder)
        _check_types(folder)


def _check_types(folder: Path) -> None:
    """What a program that uses it is told, in both kinds of modules."""
    tsc = str(SDK / "node_modules" / ".bin" / "tsc")
    for program in ("typed.mts", "typed.cts"):
        (folder / program).write_text(TYPED)
    options = {"noEmit": True, "strict": True, "module": "nodenext", "target": "es2022", "types": []}
    settings = {"compilerOptions": options, "include": ["typed.*"]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    _do([tsc, "-p", "."], folder=folder)


def _do(command: list[str], folder: Path = SDK, *, quiet: bool = False) -> str:
    """Run; what a quiet one said is answered, or shown when it failed."""
    kept = subprocess.PIPE if quiet else None
    settings = without_own_settings() | {"PWD": os.fspath(folder)}
    done = subprocess.run(command, cwd=folder, env=settings, stdout=kept, stderr=kept, text=True, check=False)
    if done.returncode:
        stop(f"{done.stdout or ''}{done.stderr or ''}This did not work: {' '.join(command)}")
    return done.stdout or ""


VERBS = {"types": types, "test": test, "package": package, "build": build}

if __name__ == "__main__":
    try:
        VERBS[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit(130)
