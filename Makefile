# `make help` lists the commands. Settings come by environment: docs/configuration.md.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# What `.env` says wins over the shell's environment, as for honcho.
DATA_FOLDER := $(or $(shell sed -n 's/^DATA_DIR=//p' .env 2>/dev/null | tail -n 1 | tr -d \'\"),$(DATA_DIR),data)
# Runs a command with what `.env` says and, in trial mode, with the servers of the running service.
WITHIN := $(BIN)/honcho --env ".env,$(DATA_FOLDER)/servers.env" run python -m

.PHONY: help install run services test chaos backlog lint format types bench grade lab rebuild models \
	rollback audit pins sure

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- The service

install: .venv/.installed ## Make .venv with what the service needs

run: .venv/.installed ## Start everything; Ctrl-C stops everything
	@exec $(BIN)/python -m launch

services: ## Start RabbitMQ and Redis on this machine, by Docker or by Debian's packages
	@launch/services.sh

rebuild: .venv/.installed ## Rebuild Redis from the log and the catalogue on disk
	@$(WITHIN) workers.rebuild

models: .venv/.installed ## List the versions of the model that are kept
	@$(WITHIN) workers.models list

rollback: .venv/.installed ## Publish the version before the current one again, or VERSION=…
	@$(WITHIN) workers.models rollback $(VERSION)

# --- Playing against it

grade: .venv/.installed ## Play the grader's viewers over HTTP. DATA=<MovieLens folder> ARGS=…
	@$(WITHIN) simulator grade $(if $(DATA),--data $(DATA)) $(ARGS)

lab: .venv/.installed ## Compare policies in process. DATA=<MovieLens folder> ARGS=…
	@$(WITHIN) simulator lab $(if $(DATA),--data $(DATA)) $(ARGS)

bench: .venv/.installed ## Measure how soon a like is felt, and requests a second. ARGS=…
	@$(WITHIN) simulator bench $(ARGS)

# --- Working on it

test: .venv/.installed-dev ## Run all tests, on private real servers. ARGS=…
	@launch/packages.sh --or-skip rabbitmq-server redis-server chromium chromium-driver
	$(BIN)/python -m pytest $(ARGS)

chaos: .venv/.installed-dev ## Break real processes under load and count what is lost. ARGS=…
	@launch/packages.sh rabbitmq-server redis-server
	$(BIN)/python -m tests.chaos $(ARGS)

backlog: .venv/.installed-dev ## Let interactions pile up before a sleeping worker, and catch up. ARGS=…
	@launch/packages.sh rabbitmq-server redis-server
	$(BIN)/python -m tests.chaos.backlog $(ARGS)

lint: .venv/.installed-dev ## Check style, imports between rooms, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/codespell

format: .venv/.installed-dev ## Put code into the common format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.installed-dev ## Check types
	$(BIN)/mypy

audit: .venv/.installed-dev ## Look the pinned packages up among known vulnerabilities
	$(BIN)/pip-audit --disable-pip --no-deps -r requirements.txt

pins: .venv/.installed-dev ## Choose versions anew for requirements*.in
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt

sure: lint types test ## All of it, before a push

# --- What the commands stand on

.venv/bin/python:
	@launch/venv.sh $(PYTHON) .venv

.venv/.installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@
