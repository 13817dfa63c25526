# Every task of the project is one command; `make` alone lists them. Works with GNU make 3.81 and later.
PYTHON ?= python3
DEMO ?= 1
BENCH ?=
PYTEST ?=

VENV := .venv
BIN := $(VENV)/bin
# Stamps: newer than the lock they were installed from, so a second run has nothing to install.
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Lint asks Django questions too; what it leaves behind must not mix with the data of a real start in var/.
LINT_MANAGE := MIDWATCH_HOME=$(VENV)/lint $(BIN)/python manage.py

.DEFAULT_GOAL := help
.PHONY: help setup run test test-sqlite test-postgres chaos lint audit fix bench messages lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(RUNTIME)  ## make .venv and install what Midwatch needs to run

run: setup  ## start everything at http://127.0.0.1:8000 (PORT=9000 another port, DEMO=0 without the demo)
	@exec $(BIN)/python manage.py up $(if $(filter 0 no false,$(DEMO)),--no-demo)

test: test-sqlite test-postgres  ## run all tests, on SQLite and again on PostgreSQL (PYTEST="-k words" chooses)

# Four at a time on two cores: much of a test is waiting for a server or a page.
test-sqlite: $(DEVELOPMENT)  ## run all tests on SQLite
	$(BIN)/python -m pytest -n 4 $(PYTEST)

# What a browser does, and what differs by the watched store alone, asks the database nothing that other tests do not; of
# the pages, the walk through every route opens each.
OTHERWISE := tests/browser tests/demo tests/security tests/summaries \
	$(addprefix tests/rules/,backtest costs feedback kinds learned shaping written)
PAGES := $(filter-out %/test_every_route.py %/test_sharing.py,$(wildcard tests/pages/test_*.py))
test-postgres: $(DEVELOPMENT)  ## run the tests that write on a PostgreSQL that is started for them
	$(BIN)/python -m pytest -n 4 --database=postgres $(addprefix --ignore=,$(OTHERWISE) $(PAGES)) --ignore-glob="*everywhere.py" $(PYTEST)

# One at a time: each story has the whole machine, with servers and processes of its own.
chaos: $(DEVELOPMENT)  ## kill processes, stop servers and put clocks back; takes minutes (PYTEST="-k words" chooses)
	$(BIN)/python -m pytest tests/chaos -o python_files="test_*.py chaos_*.py" -o timeout=600 $(PYTEST)

lint: $(DEVELOPMENT)  ## check style, types, layers and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(LINT_MANAGE) makemigrations --check --dry-run
	$(LINT_MANAGE) check

# Apart from lint: it asks a service on the internet, and finds something new on any day, whatever was changed.
audit: $(DEVELOPMENT)  ## ask whether a weakness is known of a locked package (needs the internet)
	$(BIN)/pip-audit --requirement requirements-dev.lock --disable-pip --strict

fix: $(DEVELOPMENT)  ## mend what ruff can mend, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEVELOPMENT)  ## measure speed and size (BENCH="--help" lists the choices)
	$(BIN)/python -m benchmarks $(BENCH)

# Needs the gettext of the system (`apt-get install gettext`); running Midwatch and its tests does not.
messages: $(DEVELOPMENT)  ## renew the catalogues of the messages' languages from the code, and compile them
	cd apps/summaries && ../../$(BIN)/django-admin makemessages --all --no-obsolete --no-wrap --no-location
	cd apps/summaries && ../../$(BIN)/django-admin compilemessages

lock:  ## renew both locks from pyproject.toml (needs uv: python3 -m pip install uv)
	uv lock
	uv export --quiet --format requirements-txt --no-dev --no-emit-project --no-header > requirements.lock
	uv export --quiet --format requirements-txt --all-groups --no-emit-project --no-header > requirements-dev.lock

clean:  ## remove .venv and caches; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles

# pip is the last thing that `venv` puts in place, so a half-made environment is made again.
$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 or later is needed, and there is no '$(PYTHON)' here. Install it, or name it: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another one: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock | $(BIN)/pip
	$(INSTALL) -r requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	$(INSTALL) -r requirements-dev.lock
	@touch $@
