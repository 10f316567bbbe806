# Everything a person types. Needs Python 3.11+ and make; the rest is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help serve test unit cover system lint bench soak reference fuzz audit lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-10s %s\n", $$1, $$2}'

serve: $(VENV)/.run ## install what is needed, build the sample site, serve it on http://127.0.0.1:8000/
	$(BIN)/feedsvc serve

test: lint cover system ## all that CI checks

unit: $(VENV)/.dev ## the fast tests
	$(BIN)/pytest -m "not system" -n auto

cover: $(VENV)/.dev ## the fast tests, and which branches they do not reach
	$(BIN)/pytest -m "not system" -n auto --cov --cov-report=term

system: $(VENV)/.dev ## the tests that start real servers, readers and browsers
	$(BIN)/pytest -m system -n 3 --dist loadfile

lint: $(VENV)/.dev ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## the figures of the README, within half an hour; SHORT=1: small ones, three minutes; MILLION=1: adds a million entries
	$(BIN)/python -m tests.bench $(if $(SHORT),--short) $(if $(MILLION),--sizes 1000000 --only build edit --edits 5 --minutes 60 --add)

soak: $(VENV)/.dev ## edits, polls and kills for 20 minutes: docs/soak.svg; SOAK_MINUTES=1 for a trial
	SOAK_MINUTES=$(or $(SOAK_MINUTES),20) $(BIN)/python -m tests.bench.soak

reference: $(VENV)/.dev ## write docs/reference.md from what the commands say of themselves
	$(BIN)/python -m tests.reference

fuzz: $(VENV)/.dev ## look for minutes for bytes, requests and texts that nobody thought of
	FEEDSVC_FUZZ=5000 $(BIN)/pytest -n auto --timeout 3600 tests/security/test_fuzz.py tests/security/test_markup.py tests/test_web_conditional.py tests/test_delta_feeds.py

audit: $(VENV)/.dev ## ask the advisory database about every locked package; needs the network
	$(BIN)/uv tool run pip-audit --require-hashes --disable-pip -r requirements.lock
	$(BIN)/uv tool run pip-audit --require-hashes --disable-pip -r requirements-dev.lock

lock: $(VENV)/.dev ## choose the newest versions that fit and write the lock files
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --upgrade pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --upgrade pyproject.toml --group build --group dev -o requirements-dev.lock

clean: ## remove what can be made again
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@
