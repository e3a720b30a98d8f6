# Two commands: `make run` starts a simulated city with the monitor and its embedded
# defaults; `make test` installs what the tests need and runs them. Each does all of its own set-up.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
# Debian packages that the tests start for real, and what they draw with (name:program or file).
SERVERS := mosquitto:mosquitto mosquitto-clients:mosquitto_pub redis-server:redis-server \
           prometheus-alertmanager:prometheus-alertmanager chromium:chromium \
           fonts-noto-core:/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf \
           fonts-dejavu-core:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
# What the live map is built from. The build itself (hatch_build.py) looks at contents.
PAGE := hatch_build.py $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/test/*' \
          -not -path 'web/bench/*' -not -name README.md) $(if $(wildcard monitor/page/.sources),,no-page)
# Node and npm are packages of the virtual environment, too.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix web --silent
MODULES := web/node_modules/.package-lock.json

.PHONY: no-page run test check format bench docs servers clean help

help: ## what can be made here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(BIN)/.installed ## a simulated city, watched live (Ctrl-C stops it); ARGS="--help" for options
	@$(BIN)/citywatch demo $(ARGS)

test: $(BIN)/.installed-dev $(MODULES) servers ## install what the tests need, then run them all
	$(NPM) test
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(BIN)/.installed-dev $(MODULES) ## format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPM) run check
	$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(BIN)/.installed-dev ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/.installed-dev $(MODULES) servers ## the benchmarks; ARGS="NAME ... --append", ARGS=--list
	$(BIN)/citywatch bench $(ARGS)

docs: $(BIN)/.installed-dev ## write the generated pages and schemas anew
	$(BIN)/python -m monitor.docs

servers:
	@sh .ci/servers.sh $(SERVERS)

$(BIN)/python:
	@sh .ci/python.sh $(PYTHON) $(VENV)

$(BIN)/.installed: pyproject.toml constraints.txt $(PAGE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(BIN)/.installed-dev: pyproject.toml constraints.txt $(PAGE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev --editable .
	@touch $(BIN)/.installed $@

$(MODULES): web/package-lock.json | $(BIN)/.installed-dev
	$(NPM) ci --ignore-scripts
	@touch $@

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) web/node_modules monitor/page .mypy_cache .ruff_cache .pytest_cache .hypothesis
