# Two commands are all that a fresh machine needs: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KB ?= .kb
PORT ?= 8000
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help serve test lint types check bench clean

help: ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

serve: $(VENV)/.installed ## Install, index the collection that ships, and serve the page on 127.0.0.1:8000
	@echo "Indexing the starter collection in $(KB) …"
	@$(BIN)/samenwijzer --kb $(KB) ingest --starter --format table
	@$(BIN)/samenwijzer --kb $(KB) serve --port $(PORT)

test: lint types check ## Install what the tests need, then lint, types and all tests

lint: $(VENV)/.installed-test
	@echo "Lint …"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	@echo "Types …"
	@$(BIN)/mypy

check: $(VENV)/.installed-test .chromium .npm
	@echo "Tests …"
	@$(BIN)/pytest --cov --cov-report=term:skip-covered --quiet

bench: $(VENV)/.installed-test ## Measure speed and quality, side by side with peers (slow)
	@$(BIN)/python -m benchmarks

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing Samenwijzer …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing what the tests need (some minutes the first time) …"
	@$(PIP) --upgrade pip
	@$(PIP) --group test
	@touch $@

# The browser tests want Debian's chromium; where it can neither be found nor installed they are skipped with a reason.
.PHONY: .chromium
.chromium:
	@command -v chromium >/dev/null || { \
		echo "Installing chromium …"; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; } 2>/dev/null \
		|| echo "chromium is missing: install it (Debian: apt-get install chromium) to run the browser tests"; }

# The linter of the API description is an npm package; without node or the registry its tests are skipped with a reason.
.PHONY: .npm
.npm:
	@command -v npm >/dev/null || { \
		echo "Installing node …"; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends nodejs npm >/dev/null; } 2>/dev/null \
		|| echo "node is missing: install it (Debian: apt-get install nodejs npm) to lint the API description"; }
	@cmp -s tests/package.json .npm/package.json || ! command -v npm >/dev/null || { \
		echo "Installing the linter of the API description …"; \
		{ mkdir -p .npm && cp tests/package.json .npm/ && npm install --prefix .npm --ignore-scripts \
			--no-package-lock --no-audit --no-fund --loglevel=error >/dev/null; } \
		|| { rm -f .npm/package.json; echo "the linter cannot be installed: the API description is not linted"; }; }

clean: ## Remove the virtual environment and the knowledge base of `make serve`
	rm -rf $(VENV) $(KB) .npm dist
