# One line of help follows each target after ##. `make` alone prints them.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# `python -m` rather than the scripts beside it: those name the folder that the environment was made in.
PY := .venv/bin/python
MANAGE := $(PY) manage.py
PYTEST_ARGS ?=
# Each process has a database server of its own; one of them has the running product for the journeys.
TEST_PROCESSES ?= 2
TEMPLATES := $(wildcard platform/sunmao/*/templates verticals/*/templates apps/*/templates)

export PYTHON

.PHONY: help install install-dev run stop status test test-all faults lint format messages compilemessages css clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

install: ## Install what running needs into .venv (does nothing when it is up to date)
	@./scripts/install.sh run

install-dev: ## Install what tests and checks need as well
	@./scripts/install.sh dev

run: install ## Start everything; Ctrl-C stops it. SUNMAO_PORT chooses the port, SUNMAO_HOME the data folder
	@exec $(PY) -m apps.config.supervisor run

stop: ## Stop what `make run` started in another terminal
	@$(PY) -m apps.config.supervisor stop

status: ## Show what is running
	@$(PY) -m apps.config.supervisor status || true

test: install-dev ## Run the tests, slow ones left out; PYTEST_ARGS passes options on
	@$(PY) -m pytest -q -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder -m "not slow" $(PYTEST_ARGS)

test-all: install-dev ## Run all tests
	@$(PY) -m pytest -q -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

faults: install-dev ## Kill workers at 200 named points of their work: nothing is lost, doubled or stuck
	@SUNMAO_FAULT_ROUNDS=200 $(PY) -m pytest -q -s tests/faults/test_two_hundred_kills_lose_nothing.py $(PYTEST_ARGS)

lint: install-dev ## Check style, types, import directions, templates, settings and migrations
	@$(PY) -m ruff check --quiet --output-format concise .
	@$(PY) -m ruff format --check --quiet --output-format concise .
	@$(PY) -m mypy --no-error-summary
	@said=$$($(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" 2>&1) || { printf '%s\n' "$$said"; exit 1; }
	@said=$$($(PY) -m djlint --check $(TEMPLATES) 2>&1) || { printf '%s\n' "$$said"; exit 1; }
	@$(MANAGE) check
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

format: install-dev ## Bring code and templates into shape
	@$(PY) -m ruff check --fix --quiet .
	@$(PY) -m ruff format --quiet .
	@$(if $(TEMPLATES),$(PY) -m djlint --reformat --quiet $(TEMPLATES))

messages: install-dev ## Collect translatable texts
	@$(MANAGE) makemessages -l zh_Hans --no-wrap --no-obsolete --no-location -i .venv -i var -i build -i tests -v 0

compilemessages: install-dev ## Compile translations
	@$(MANAGE) compilemessages -l zh_Hans -i .venv -i var -v 0

css: install-dev ## Rebuild the stylesheets of the interface
	@$(PY) -m sunmao.ui.build_css

clean: ## Remove caches and build results; data and .venv stay
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
