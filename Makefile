# Two commands for a newcomer: `make demo` and `make test`. They need Python 3.11 with venv, make and git.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: demo serve test long browser check format lint types imports texts phrases flows soak bench clean

demo: $(VENV)/.installed
	$(BIN)/bentornato demo

serve: $(VENV)/.installed
	$(BIN)/bentornato serve

test: $(VENV)/.developing
	$(BIN)/pytest -n 2 --dist loadgroup -m "not soak and not long and not browser"

long: $(VENV)/.developing
	$(BIN)/pytest -n 2 --dist loadgroup -m long tests/robustness tests/benchmarks

browser: $(VENV)/.developing
	$(BIN)/pytest -n 2 --dist load -m browser tests/browser

check: lint types imports texts phrases flows test long browser

format: $(VENV)/.developing
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(VENV)/.developing
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(VENV)/.developing
	$(BIN)/mypy

imports: $(VENV)/.developing
	$(BIN)/lint-imports --no-logo

texts: $(VENV)/.developing
	$(BIN)/bentornato texts check

phrases: $(VENV)/.developing
	$(BIN)/bentornato phrases check

flows: $(VENV)/.developing
	$(BIN)/bentornato flows check

soak: $(VENV)/.developing
	$(BIN)/pytest -m soak -s

bench: $(VENV)/.developing
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.ledger
	$(BIN)/python -m benchmarks.desk

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
