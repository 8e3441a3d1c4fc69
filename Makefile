# The front door. `make help` lists the targets.
PORT ?= 8000
DATA ?= var/demo
JOBS ?= 2
ARGS ?=
# The interpreter that makes .venv; after that, .venv keeps its own unless PYTHON= names another.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

BIN := .venv/bin
REPORTS := var/tests
PYTEST := $(BIN)/python -m pytest -n $(JOBS) $(ARGS)
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help run test lint bench faults setup format lock messages build clean chromium environment-run environment-dev

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

run: environment-run ## the whole product with demo data on http://127.0.0.1:8000 (PORT=, DATA=)
	@$(BIN)/trousseau demo --port $(PORT) --data $(DATA)

test: environment-dev chromium ## every test, on SQLite and on PostgreSQL (ARGS= goes to pytest)
	$(PYTEST) -m "not postgresql" --junitxml=$(REPORTS)/sqlite.xml
	TEST_DATABASE=postgresql $(PYTEST) -m "not browser and not wheel and not sqlite" --junitxml=$(REPORTS)/postgresql.xml

# The types of Django's models come from loading the settings, which want a key.
lint: export TROUSSEAU_SECRET_KEY = only-for-the-type-checker
lint: environment-dev ## format, lint, types, templates, import contracts, dependencies, translations
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint src
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry --no-ansi src
	$(BIN)/python tools/messages.py check

bench: environment-dev ## the benchmark, into bench/results/
	$(BIN)/python -m bench $(ARGS)

faults: environment-dev ## kill everything at random moments, and count what is lost (ARGS="--runs 3")
	$(BIN)/python -m tests.faults.endurance $(ARGS)

setup: environment-dev ## everything a developer needs, without running anything

format: environment-dev ## put code and templates into their standard form
	$(BIN)/ruff format
	$(BIN)/ruff check --fix --select I,F401

lock: environment-dev ## lock the dependencies of pyproject.toml (UPGRADE=1 takes the newest ones)
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) pyproject.toml --output-file requirements/dev.txt --all-extras --group dev --constraints requirements/run.txt
	$(LOCK) --output-file requirements/build.txt --group build --constraints requirements/dev.txt
	$(LOCK) --output-file requirements/uv.txt --group setup

messages: environment-dev ## bring the catalogues up to date with the strings of the interface
	$(BIN)/python tools/messages.py update

build: environment-dev ## the wheel and the source archive, into dist/
	$(BIN)/python -m build --no-isolation

clean: ## forget the environment and whatever was made (the demo's data in var/ stays)
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache src/trousseau/static_collected
	find src -name '*.mo' -delete

environment-run environment-dev: environment-%:
	@command -v $(PYTHON) >/dev/null || { echo "Trousseau needs Python 3.11 or newer: install python3, or name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) tools/environment.py $*
	@$(BIN)/python hatch_build.py

chromium:
	@tools/chromium
