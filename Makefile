# Convoca: `make` alone lists what can be made. What needs .venv makes it first; the second time that is nothing.
PYTHON ?= python3
ARGS ?=

UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
BIN := .venv/bin
PY := $(BIN)/python
# The folder's path is in the mark's name: a copied folder makes an environment of its own.
MADE := .venv/made-$(shell pwd -P | cksum | cut -d ' ' -f 1)
READY := .venv/ready
BROWSER := .venv/ready-e2e

# Tests start hundreds of processes: each would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test test-all check format words lock bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## Make .venv with everything in it, .venv/bin/convoca too

demo: setup ## Serve the demonstration on http://127.0.0.1:8000: no token, no network
	$(BIN)/convoca demo

test: setup ## Run the tests that need no browser (ARGS="-k word" chooses)
	$(PY) -m pytest -n auto -m "not e2e and not kill and not outside" $(ARGS)

test-all: export CONVOCA_TEST_EVERY_WAY := 1
test-all: $(BROWSER) ## Run all tests: browser (needs Chromium), kill -9, every wire, outside data (CONVOCA_TEST_DATA names its folder)
	$(PY) -m pytest -n auto -m "not e2e and not kill" $(ARGS)
	$(PY) -m pytest -m "e2e or kill" $(ARGS)

check: setup ## Lint, format, types and the house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard bot conversations storage fakes tests bench)
	$(if $(wildcard tests/test_rules.py),$(PY) -m pytest -q tests/test_rules.py)

format: setup ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

words: setup ## Bring the texts of the code into locales/ and list what is left to translate (ARGS=--prune drops old ones)
	$(PY) -m bot.i18n_extract $(ARGS)

bench: setup ## Measure (ARGS chooses what)
	$(PY) -m bench $(ARGS)

LOCK = $(or $(UV),$(BIN)/uv) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: $(MADE) ## Write the locks anew after a change of pyproject.toml (UPGRADE=1 takes the newest versions)
	$(if $(UV),,@test -x $(BIN)/uv || $(PY) -m pip install --quiet uv)
	$(LOCK) --extra test --output-file requirements.lock
	$(LOCK) --extra e2e --constraint requirements.lock --output-file requirements-e2e.lock \
		$$(sed -n 's/^\([a-z0-9][a-z0-9-]*\).*==.*/--no-emit-package \1/p' requirements.lock)

clean: ## Remove what was made; data/ stays
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	rm -rf .venv
	$(if $(UV),uv venv --quiet --python "$(if $(filter file,$(origin PYTHON)),>=3.11,$(PYTHON))" .venv,$(PYTHON) -m venv .venv)
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Convoca needs Python 3.11 or newer: make PYTHON=python3.11, or install uv"; exit 1; }
	@touch $@

INSTALL = $(if $(UV),uv pip install --quiet --python $(PY),$(PY) -m pip install --quiet --disable-pip-version-check)

$(READY): $(MADE) requirements.lock pyproject.toml
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-index --no-build-isolation -e .
	@touch $@

$(BROWSER): $(READY) requirements-e2e.lock
	$(INSTALL) --require-hashes -r requirements-e2e.lock
	@touch $@
