# Huying: what one does with it. `make help` lists the targets; the first run of one installs what it needs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test bench lint fmt messages docs lock clean

VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
# The first Python that is new enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$python >/dev/null && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& echo $$python && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --progress-bar off
UV := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
CODE := huying tests scripts conftest.py $(wildcard bench)

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: $(VENV)/.ready node_modules/.ready ## Start everything with the demo; HOST=… PORT=… where (default 127.0.0.1:8000)
	@exec $(BIN)/huying up --demo --host $(HOST) --port $(PORT)

test: $(VENV)/.ready-dev node_modules/.ready ## Run every check and every test
	@$(BIN)/python scripts/run_tests.py $(ARGS)

bench: $(VENV)/.ready-dev node_modules/.ready ## Measure speed: a table, each figure beside its reference
	@$(BIN)/python -m bench $(ARGS)

lint: $(VENV)/.ready-dev ## Check style, imports between packages, types and templates
	@$(BIN)/python scripts/run_tests.py --only-lint

fmt: $(VENV)/.ready-dev ## Put code and templates into shape
	@$(BIN)/ruff check --fix --quiet $(CODE) || true
	@$(BIN)/ruff format $(CODE)
	@git ls-files -z '*.html' | xargs -0r $(BIN)/djade --target-version 5.2 || true

messages: $(VENV)/.ready-dev node_modules/.ready ## Collect what is to be translated into each package's django.po
	@$(BIN)/huying messages

docs: $(VENV)/.ready-dev node_modules/.ready ## Draw the workflow diagrams of docs/ from the tables of steps
	@$(BIN)/python -m scripts.diagrams

lock: $(VENV)/.ready-dev ## Pin dependencies anew, with hashes and without addresses
	@$(UV) pyproject.toml -o requirements.lock
	@$(UV) --extra dev pyproject.toml -o requirements-dev.lock
	@echo 'setuptools' | $(UV) --constraint requirements-dev.lock - -o requirements-build.lock
	@$(BIN)/python scripts/npm.py install --package-lock-only

clean: ## Remove what the other targets made here; the data folder stays
	@rm -rf $(VENV) node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find huying -name '*.mo' -delete

# Stamps: each is made anew when what it depends on is newer.
$(VENV)/.ready: requirements.lock requirements-build.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo 'Huying needs Python 3.11 or newer: install it, or say make PYTHON=…' >&2; exit 1; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing the pinned packages (a minute or two the first time) …'
	@$(PIP) --require-hashes -r requirements-build.lock -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo 'Installing what the tests need …'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

node_modules/.ready: $(VENV)/.ready package.json package-lock.json
	@echo 'Installing the browser libraries …'
	@$(BIN)/python scripts/npm.py ci --silent
	@touch $@
