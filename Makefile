# TokenBoard: every verb sets up what it needs, says what it is doing, and is quick the second time.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# the first Python that is new enough; `make run PYTHON=/path/to/python` names another
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin

define setup
@test -n "$(PYTHON)" || { echo "TokenBoard needs Python 3.11 or newer, and none was found. Install it" \
	"(on Debian: apt-get install python3 python3-venv), or name one: make $@ PYTHON=/path/to/python" >&2; exit 1; }
@$(PYTHON) -m scripts.setup
endef

.PHONY: help run dev demo examples test check conformance format lint types e2e pictures bench chaos generate prices lock clean

help: ## list the verbs
	@echo "TokenBoard: make VERB"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start TokenBoard with its own database and dashboard; Ctrl-C stops it
	$(setup) run dist
	@exec $(BIN)/tokenboard serve

dev: ## start the API and the dashboard with reload, for working on them
	$(setup) dev frontend
	@exec $(BIN)/python -m scripts.dev

demo: ## fill a demo workspace with 90 days of made-up calls and bills, and print its sign-in
	$(setup) run dist
	@exec $(BIN)/tokenboard demo --with-connections

examples: ## run the examples against a stand-in, without any key; ONLY="python curl" runs some
	$(setup) dev
	@exec $(BIN)/python -m examples.run $(ONLY)

test: ## all that CI runs: check, the tests on an external PostgreSQL, the browser journey
	$(setup) dev frontend browser pooler
	@exec $(BIN)/python -m scripts.check test

check: ## format, lint, types, import contracts, migrations, API types, tests, build
	$(setup) dev frontend
	@exec $(BIN)/python -m scripts.check check

conformance: ## hold every dialect's figures to the published cases, and count them
	$(setup) dev
	@exec $(BIN)/python -m tests.conformance

format: ## format everything in place
	$(setup) dev frontend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --select I --fix .
	@cd frontend && npm run --silent format

lint: ## ruff, import contracts, ESLint
	$(setup) dev frontend
	@exec $(BIN)/python -m scripts.check lint

types: ## mypy strict, API types, TypeScript
	$(setup) dev frontend
	@exec $(BIN)/python -m scripts.check types

e2e: ## the journey in a browser, against a fresh TokenBoard
	$(setup) dev frontend dist browser
	@exec $(BIN)/python -m scripts.e2e

pictures: ## take the pictures of the documentation anew, from the demo
	$(setup) dev frontend dist browser
	@exec $(BIN)/python -m scripts.pictures

bench: ## run every benchmark; PAGE=docs/performance.md writes the figures there too
	$(setup) dev
	@for program in $(filter-out __init__ _%,$(basename $(notdir $(wildcard benchmarks/*.py)))); do \
		echo; echo "==> $$program"; $(BIN)/python -m "benchmarks.$$program" $(if $(PAGE),--markdown $(PAGE)); done

chaos: ## break services and their database 200 times under load; make chaos SEED=7 FAULTS=30 repeats or shortens
	$(setup) dev
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS)) $(CHAOS)

generate: ## write the API's description and the dashboard's types from the code
	$(setup) dev frontend
	@exec $(BIN)/python -m scripts.openapi

prices: ## build the price book again from the pinned price packages
	$(setup) dev
	@exec $(BIN)/tokenboard prices build

lock: ## resolve the requirements again (make lock UPGRADE=--upgrade takes newer versions)
	$(setup) dev
	@$(BIN)/python -m pip install --quiet uv
	@scripts/lock.sh $(UPGRADE)

clean: ## remove what the verbs made, except the data folder
	rm -rf .venv frontend/node_modules frontend/dist frontend/test-results frontend/playwright-report
	rm -rf sdk/python/.venvs sdk/python/.mypy_cache sdk/typescript/node_modules sdk/typescript/runtimes/node_modules sdk/typescript/dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
