# The table of contents of our habits. `make run` and `make test` work on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY ?= library
DATA ?= data

.PHONY: help install run test check format bench quality torture clean

help: ## say what each verb does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(VENV)/.installed ## make .venv with everything the other verbs need

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Quoth needs Python 3.11 or newer; name one: make install PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test,tools]'
	@touch $@

run: install ## index the sample articles and open the chat
	$(BIN)/quoth ingest --sample --library $(LIBRARY)
	$(BIN)/quoth serve --open --library $(LIBRARY)

test: install ## run the tests (minutes)
	$(BIN)/pytest

check: install ## lint, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy app.py
	$(BIN)/pytest tests/test_imports.py
	$(BIN)/hadolint deploy/Dockerfile

format: install ## let ruff lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## measure Quoth beside its peers, then finding (DATA=folder of SQuAD files)
	$(BIN)/python -m benchmarks.peers $(DATA)
	$(BIN)/python -m benchmarks.retrieval $(DATA)

quality: install ## measure the sample questions against their floors
	$(BIN)/python -m benchmarks.quality

torture: install ## kill, cut, fill, crowd and damage it, some hours (SHORT=--short for minutes)
	$(BIN)/python -m benchmarks.torture $(SHORT)

clean: ## remove what was built, not the library
	rm -rf $(VENV) build build-peers build-large *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
