# Qundao 群岛. Needs Python 3.11 or later, make and git; each target sets up what it uses.
# Every target leaves .venv/bin/qundao. `make help` lists the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
# One more than CI has cores: tests wait for processes a third of the time.
WORKERS ?= 3
WHEELS ?= build/wheels
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
DEMO := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev
SPARK := $(VENV)/.installed-spark

# What is compiled is kept: the tests start hundreds of processes, and each would compile it anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test test-mariadb test-postgresql test-browser test-sqlite test-spark coverage bench soak \
        check docs messages lock wheels

help: $(DEMO) ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

demo: $(DEMO) ## play the whole story on this machine and serve its pages (ARGS="--no-serve")
	@$(BIN)/qundao demo $(ARGS)

test: test-postgresql test-browser test-sqlite ## run every test, on PostgreSQL and SQLite, with a browser

test-postgresql: $(DEV) ## run the tests that use the hub's database, on PostgreSQL
	@sh scripts/postgresql.sh run $(PYTEST) -m "(database or postgresql) and not browser and not soak" $(ARGS)

# In a process of their own: the browser's driver keeps an event loop running in its thread, and
# the site under test keeps the database open.
test-browser: $(DEV) ## run the tests that drive a browser, on SQLite
	@QUNDAO_CHROMIUM=$$(bash scripts/browser.sh) || true; export QUNDAO_CHROMIUM; \
	$(PYTEST) -m "browser and not postgresql" $(ARGS)

# Apart from `make test`: the server is a download of its own.
test-mariadb: $(DEV) ## run the tests that read a MariaDB server, made for them
	@sh scripts/mariadb.sh run $(BIN)/python -m pytest -m mariadb $(ARGS)

test-sqlite: $(DEV) ## run every other test, on SQLite
	@$(PYTEST) -m "not postgresql and not browser and not spark and not soak" $(ARGS)

# Apart from `make test`: the extra is a download of some 450 MB. One process, as one Spark is enough.
test-spark: $(SPARK) ## run the tests that use Spark, with the extra and Java installed for them
	@JAVA_HOME=$$(bash scripts/spark.sh) || exit 3; export JAVA_HOME; \
	$(BIN)/python -m pytest -m spark --timeout 600 $(ARGS)

coverage: $(DEV) ## run the tests on SQLite without a browser and say which lines none reaches
	@$(PYTEST) -m "not postgresql and not browser and not spark and not soak" --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: $(DEV) ## print ratios measured in one run
	@$(BIN)/python -m bench $(ARGS)

soak: $(DEV) ## run what takes long: many kills, many operations, an offline install
	@$(BIN)/python -m bench.soak $(ARGS)
	@$(PYTEST) -m soak

check: $(DEV) ## style, types, layers, and that generated pages are fresh
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m qundao.cli.reference --check

docs: $(DEV) ## write the generated reference pages anew
	@$(BIN)/python -m qundao.cli.reference

messages: $(DEV) ## renew the pages' English catalogue; fails while a translation is missing
	@$(BIN)/python -m qundao.hub.messages

lock: $(DEV) ## compile the pins in requirements/ anew, with hashes and without addresses
	@sh scripts/lock.sh $(BIN)/uv

wheels: $(DEMO) ## gather every wheel that an offline install needs in build/wheels
	@sh scripts/wheels.sh $(BIN)/python $(WHEELS)

$(VENV)/bin/python:
	@sh scripts/venv.sh "$(VENV)" "$(PYTHON)"

$(DEMO): requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@sh scripts/install.sh $(BIN)/python requirements/demo.txt
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@sh scripts/install.sh $(BIN)/python requirements/dev.txt
	@touch $@ $(DEMO)

$(SPARK): requirements/spark.txt $(DEV)
	@sh scripts/install.sh $(BIN)/python requirements/spark.txt
	@touch $@
