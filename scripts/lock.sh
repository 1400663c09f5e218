#!/usr/bin/env bash
# Resolve the requirements again and write their pinned, hashed files. Give --upgrade to take newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

UV=${UV:-.venv/bin/uv}
LITELLM=litellm==1.109.1

compile() { # output, then what to resolve
  local output=$1
  shift
  echo "writing $output"
  "$UV" pip compile --quiet --no-config --universal --generate-hashes --no-emit-index-url --no-annotate \
    --custom-compile-command "make lock" --output-file "$output" "$@"
}

compile requirements.txt pyproject.toml "$@"
compile requirements-embedded.txt pyproject.toml --extra embedded --extra clouds --extra build --constraint requirements.txt "$@"
compile requirements-dev.txt pyproject.toml --extra embedded --extra clouds --extra build --extra prices --extra dev \
  --constraint requirements-embedded.txt "$@"
# only the price table in this package is read, so none of what it depends on is wanted
compile requirements-prices.txt --no-deps "$@" - <<<"$LITELLM"
