# Everything a newcomer types. Each target does its own set-up on a machine that has Python (3.11 or later), pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench flame accuracy lock clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(VENV)/.runtime  ## make .venv with .venv/bin/evidence
	@$(BIN)/python -m compileall -q evidence matchers loaders  # or each command does, where Python may write no caches

demo: setup  ## make a synthetic town, screen it, and say where the pages are
	@$(BIN)/evidence demo --scale town --seed 1 --out $(DEMO)
	@$(BIN)/evidence screen $(DEMO)/city --out $(DEMO)/screening --summaries 200

test: setup $(VENV)/.dev  ## lint, types, layers, tests, and every command of the documentation
	@sh .ci/system-packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: setup $(VENV)/.bench  ## speed beside peers; fails where a figure is a fifth worse than this machine's last baseline
	@mkdir -p out/bench
	$(BIN)/python -m pytest benchmarks/test_city_speed.py benchmarks/test_plate_speed.py \
	  benchmarks/test_access_record.py --benchmark-enable --benchmark-json=out/bench/run.json
	$(BIN)/python -m benchmarks.compare out/bench/run.json --draw out/bench/scaling.svg

flame: setup $(VENV)/.bench  ## a flame graph of screening a made-up city, out/bench/flame.svg, and a table by function
	@mkdir -p out/bench
	$(BIN)/evidence demo --scale city --seed 1 --format parquet --out out/bench/flame-city --force
	$(BIN)/py-spy record --native --rate 50 -o out/bench/flame.svg -- \
	  $(BIN)/evidence screen out/bench/flame-city/city -o out/bench/flame-out --fresh -q --force
	$(BIN)/py-spy record --idle --rate 100 -f raw -o out/bench/flame.txt -- \
	  $(BIN)/evidence screen out/bench/flame-city/city -o out/bench/flame-out --fresh -q --force
	$(BIN)/python -m benchmarks.where out/bench/flame.txt

accuracy: $(VENV)/.dev  ## how right plates, addresses, persons and headcounts are, on labelled and made-up cases
	$(BIN)/python -m pytest benchmarks --benchmark-enable --benchmark-only -k "not speed"

lock:  ## compile the lock files again (needs uv on the path)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -p 3.11 --extra postgres --extra pdf \
	  --group build pyproject.toml -o requirements.lock -q
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -p 3.11 --extra postgres --extra pdf \
	  --extra spark --group build --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock -q
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -p 3.11 --extra postgres --extra pdf \
	  --group build --group dev --group bench pyproject.toml -c requirements-dev.lock -o requirements-bench.lock -q

clean:  ## remove the environment and what the demo wrote
	rm -rf $(VENV) out build dist

# Debian's python3 may lack ensurepip: then the environment is made without pip, and the system's pip fills it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) \
	  && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

$(VENV)/.runtime: $(BIN)/python requirements.lock pyproject.toml
	@echo "Setting up $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.bench: $(VENV)/.dev requirements-bench.lock
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@
