# `make help` lists the targets. Needs git, make and Python 3.11 or newer with venv; everything else goes into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
STAMP := $(VENV)/.installed
ARGS ?=
WORKERS ?= 4

# An interpreter counts only if it starts (a pyenv shim may not), is new enough and can make a venv.
SYSTEM_PYTHON ?= $(shell for candidate in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$candidate && break; done)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Make .venv and install the locked dependencies (again only when the lock changes)

$(STAMP): requirements/dev.txt
ifeq ($(SYSTEM_PYTHON),)
	@echo "No Python 3.11 or newer with venv was found (python3 is: $$(python3 --version 2>&1 || true))." >&2
	@echo "On Debian: apt-get install python3-venv. Elsewhere name one: make setup SYSTEM_PYTHON=/path/to/python3.11" >&2
	@exit 1
else
	@$(PYTHON) --version 2>/dev/null || $(SYSTEM_PYTHON) -m venv --clear $(VENV)
	$(PYTHON) -m pip install --disable-pip-version-check --no-input --quiet --require-hashes -r requirements/dev.txt
	@touch $@
endif

.PHONY: demo
demo: setup ## Try the bot in a browser, no account needed; plays three scenes first (ARGS=--help)
	$(PYTHON) -m sandbox $(ARGS)

.PHONY: test
test: setup ## Run every layer of tests, four at a time, since most of them wait (ARGS="-k word" narrows, WORKERS=2 for a small machine)
	$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: torture
torture: setup ## Kill the bot 100 times over 500 jobs and count what must hold (ARGS="--seed 7" repeats one)
	$(PYTHON) -m tests.e2e.crash.torture --kills 100 --jobs 500 $(ARGS)

.PHONY: torture-long
torture-long: setup ## The same with 300 kills and 2,000 jobs
	$(PYTHON) -m tests.e2e.crash.torture --kills 300 --jobs 2000 $(ARGS)

.PHONY: torture-pair
torture-pair: setup ## Kill and freeze two bots that share one PostgreSQL, in turn, six times (a little over a minute each)
	$(PYTHON) -m tests.e2e.crash.pair --kills 6 $(ARGS)

.PHONY: soak
soak: setup ## Let one bot do 1,000 jobs while a tenth of all requests goes wrong; counts, memory, open files
	$(PYTHON) -m tests.e2e.crash.soak --jobs 1000 $(ARGS)

.PHONY: check
check: check-format check-style check-types check-layers check-lock ## Judge format, style, types, layers and the freshness of the lock

.PHONY: check-format
check-format: setup
	$(BIN)/ruff format --check .

.PHONY: check-style
check-style: setup
	$(BIN)/ruff check .

.PHONY: check-types
check-types: setup
	$(BIN)/basedpyright --warnings

.PHONY: check-layers
check-layers: setup
	$(BIN)/lint-imports

.PHONY: check-lock
check-lock: setup
	requirements/lock.sh check

.PHONY: format
format: setup ## Rewrite the code in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: setup ## Run the benchmarks one after the other
	@for script in tests/benchmarks/[a-z]*.py; do \
		[ -e "$$script" ] || { echo "There are no benchmarks." >&2; exit 1; }; \
		module=$${script%.py}; echo "== $$module"; $(PYTHON) -m "$${module//\//.}"; done

.PHONY: lock
lock: setup ## Renew requirements/ from pyproject.toml (ARGS=--upgrade takes newer versions too)
	requirements/lock.sh renew $(ARGS)

.PHONY: clean
clean: ## Remove what was built: .venv, caches, the demo's pictures (data/ stays)
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist demo-output *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
