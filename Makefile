# Every target below has a help line; `make` prints them.
# Nothing here is needed to run the product: it is a Python package like any other.

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: only errors are shown, and no addresses of registries.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet --no-input
PYTEST := $(BIN)/python -m pytest
TEMPLATES := $(wildcard templates)
TYPED := campaign_app tests $(wildcard bench)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two pip runs in one environment at once would break it.
.NOTPARALLEL:
.PHONY: help demo test test-slow test-all test-shared lint format clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/installed ## Start the demonstration on 127.0.0.1 (PORT=8000); Ctrl-C ends it
	@PORT='$(PORT)' exec $(BIN)/campaign demo

test: $(VENV)/installed-dev ## Run the tests with coverage (WORKERS=2 at once)
	@$(PYTEST) -n $(WORKERS) --dist worksteal --cov --cov-report=term

test-slow: $(VENV)/installed-dev ## Run only the slow sets: chaos and the full crawl
	@$(PYTEST) -m 'full or chaos' || test $$? -eq 5

test-all: test test-slow ## Run the tests, then the slow sets

test-shared: $(VENV)/installed-dev ## Run the tests that need ../shared beside this project
	@$(PYTEST) -m shared || test $$? -eq 5

lint: $(VENV)/installed-dev ## Check style, types, import contracts and templates
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary $(TYPED)
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/djlint --lint --quiet --allow-empty-input $(TEMPLATES)

format: $(VENV)/installed-dev ## Put every file into the house format
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench-page: ## Compare the campaign page with a bare Flask page on the same server

bench-%: $(VENV)/installed-dev ## Run another benchmark from bench/
	@$(BIN)/python -m bench.$(subst -,_,$*)

clean: ## Remove what was built; instance/ and its data stay
	@rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache
	@rm -rf .import_linter_cache .hypothesis tests/browser/pictures
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say that the environment holds what pyproject.toml asks for, so that a second start
# needs neither pip nor a network.
$(VENV)/installed: pyproject.toml | $(BIN)/python
	@echo 'Setting up; the first time takes a minute.'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	@echo 'Setting up for development; the first time takes a minute or two.'
	@$(PIP) install --editable '.[dev]'
	@touch $(VENV)/installed $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Python 3.11 or newer is needed. Name it with: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo 'Python could not make an environment. On Debian: apt-get install python3-venv' >&2; exit 1; }
