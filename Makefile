# `make help` lists the commands. Settings are variables of the environment: docs/configuration.md.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Where this is set, as on some machines of CI, every process compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=

# Runs a module with the variables of `.env`, and with the servers that the running service uses.
WITHIN := $(BIN)/python -m launch.within

.PHONY: help install run services unit test chaos backlog lint format types bench pace grade lab rebuild models \
	rollback audit pins sure

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- The service

install: .venv/.installed ## Make .venv with what the service needs

run: .venv/.installed ## Start the service; Ctrl-C stops it
	@exec $(BIN)/python -m launch

services: ## Start RabbitMQ and Redis on this machine, by Docker or by Debian's packages
	@launch/services.sh

rebuild: .venv/.installed ## Rebuild Redis from the log and the catalogue on disk
	@$(BIN)/kinolenta rebuild

models: .venv/.installed ## List the versions of the model that are kept
	@$(BIN)/kinolenta models list

rollback: .venv/.installed ## Publish the version before the current one again, or VERSION=…
	@$(BIN)/kinolenta models rollback $(VERSION)

# --- Grading it

grade: .venv/.installed-simulator ## Play the grader's users over HTTP. DATA=<MovieLens folder> ARGS=…
	@$(WITHIN) simulator grade $(if $(DATA),--data $(DATA)) $(ARGS)

lab: .venv/.installed-simulator ## Compare ranking policies in process. DATA=<MovieLens folder> ARGS=…
	@$(WITHIN) simulator lab $(if $(DATA),--data $(DATA)) $(ARGS)

bench: .venv/.installed-bench ## Measure speed against floors and rivals; half an hour. ARGS=--quick
	@launch/packages.sh rabbitmq-server redis-server wrk
	$(BIN)/python -m bench.web $(ARGS)

pace: .venv/.installed-simulator ## Measure the running service: requests a second, like to list. ARGS=…
	@$(WITHIN) simulator bench $(ARGS)

bench-%: .venv/.installed-dev ## Measure how it grows: % is growth, counting, rankers or training. ARGS=…
	@launch/packages.sh rabbitmq-server redis-server
	$(BIN)/python -m bench.$* $(ARGS)

# --- Working on it

unit: .venv/.installed-dev ## Run the quick tests that need no server, in half a minute. ARGS=…
	@NO_SERVERS=1 $(BIN)/python -m pytest -q -n 2 -m "not servers and not slow" \
		$(addprefix --ignore=tests/,chaos fuzz journeys) $(ARGS)

# In groups (tests/groups.py), the longest first. Three at once load two cores so much that pages are slow.
GROUPED := --dist loadfile --no-loadscope-reorder

test: .venv/.installed-dev ## Run all tests, on private real servers, in two processes. ARGS=…
	@launch/packages.sh --or-skip rabbitmq-server redis-server chromium chromium-driver nodejs
	$(BIN)/python -m pytest -n 2 -m "not servers and not slow" $(COVERAGE) $(ARGS) || [ $$? -eq 5 ]
	$(BIN)/python -m pytest -n 2 $(GROUPED) -m "(servers or slow) and not last" $(ARGS) || [ $$? -eq 5 ]
	$(BIN)/python -m pytest -n 2 $(GROUPED) -m last $(ARGS) || [ $$? -eq 5 ]

chaos: .venv/.installed-dev ## Break real processes under load and count what is lost. ARGS=…
	@launch/packages.sh rabbitmq-server redis-server
	$(BIN)/python -m tests.chaos $(ARGS)

backlog: .venv/.installed-dev ## Stop ingest, let interactions wait, and time how ingest catches up. ARGS=…
	@launch/packages.sh rabbitmq-server redis-server
	$(BIN)/python -m tests.chaos.backlog $(ARGS)

lint: .venv/.installed-dev ## Check style, imports between packages, spelling, the page's scripts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/codespell
	@launch/javascript.sh

format: .venv/.installed-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.installed-dev ## Check types
	$(BIN)/mypy

audit: .venv/.installed-dev ## Check the pinned packages for known vulnerabilities
	$(BIN)/pip-audit --disable-pip --no-deps -r requirements.txt -r requirements-simulator.txt

pins: .venv/.installed-dev ## Pin the newest versions for requirements*.in
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 requirements-simulator.in -o requirements-simulator.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 requirements-bench.in -o requirements-bench.txt

sure: lint types test ## All checks, before a push

# --- The virtual environment

.venv/bin/python:
	@launch/venv.sh $(PYTHON) .venv

.venv/.installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -r $<
	@ln -sf ../../launch/kinolenta $(BIN)/kinolenta
	@touch $@

.venv/.installed-simulator: requirements-simulator.txt .venv/.installed
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

.venv/.installed-bench: requirements-bench.txt .venv/.installed-dev
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed-simulator
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@
