# Two commands are all that a fresh machine needs: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KB ?= .kb
PORT ?= 8000
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIP := $(INSTALL) --constraint constraints.txt

.PHONY: help install serve test lint types check test-engines docs sbom audit hashes torture bench clean

help: ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed ## Install in .venv what it runs on, each file checked against its hash

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

check: $(VENV)/.installed-test .chromium .nginx .npm
	@echo "Tests …"
	@$(BIN)/pytest --cov --cov-report=term:skip-covered --quiet

test-engines: $(VENV)/.installed-test ## The tests of what holds the index: the folder, and two Milvus servers that they start
	@$(BIN)/pytest tests/test_engine.py tests/test_engine_milvus.py

docs: $(VENV)/.installed-test ## Make the pages of docs/ into a site in build/docs
	@$(BIN)/zensical build --strict --clean
	@rm -f build/docs/*.py

sbom: $(VENV)/.installed ## Write what it is made of to build/sbom.cdx.json (CycloneDX)
	@mkdir -p build
	@$(BIN)/python deploy/sbom.py > build/sbom.cdx.json
	@echo "build/sbom.cdx.json"

# A tool of its own, in an environment of its own; without the registry there is nothing to ask, and it says so.
audit: ## Look for known vulnerabilities in what it runs on (needs the package registry)
	@test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit \
		&& build/audit/bin/python -m pip install --quiet --disable-pip-version-check "pip-audit>=2.9,<3"; } \
		|| { echo "Skipped: pip-audit cannot be installed here"; rm -rf build/audit; }
	@test ! -x build/audit/bin/pip-audit || { rm -f build/audit.json; \
		build/audit/bin/pip-audit --disable-pip --require-hashes -r constraints-hashes.txt -f json -o build/audit.json; code=$$?; \
		if test -e build/audit.json; then exit $$code; else echo "Skipped: the registry does not answer"; fi; }

hashes: ## Write constraints-hashes.txt anew, after a change of pyproject.toml or constraints.txt (needs the registry)
	@mkdir -p build
	@test -x build/uv/bin/uv || { $(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install --quiet "uv>=0.9,<1"; }
	@head -2 constraints-hashes.txt > build/hashes.txt
	@build/uv/bin/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--constraint constraints.txt --no-header --no-annotate --quiet >> build/hashes.txt
	@mv build/hashes.txt constraints-hashes.txt

torture: $(VENV)/.installed-test ## Break a knowledge base in every way we know, feed every reader nonsense, and print what survived (slow)
	@$(BIN)/python -m benchmarks.torture --points 200
	@$(PIP) --group fuzz || echo "atheris cannot be installed: the fuzzer goes by chance"
	@$(BIN)/python -m benchmarks.fuzz --seconds 60

bench: $(VENV)/.installed-test ## Measure speed and quality, side by side with peers (slow)
	@$(BIN)/python -m benchmarks

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# What it runs on and is built with is checked against constraints-hashes.txt. What the tests need besides is pinned by
# version only: PyTorch is another file on each machine.
$(VENV)/.installed: pyproject.toml constraints-hashes.txt | $(VENV)/bin/python
	@echo "Installing Samenwijzer …"
	@$(INSTALL) --require-hashes --requirement constraints-hashes.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed constraints.txt
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

# The example of a public instance is tried with nginx; without it that test is skipped with a reason.
.PHONY: .nginx
.nginx:
	@test -x /usr/sbin/nginx || command -v nginx >/dev/null || { \
		echo "Installing nginx …"; \
		{ apt-get update -qq && RUNLEVEL=1 apt-get install -qq -y --no-install-recommends nginx-light >/dev/null; } 2>/dev/null \
		|| echo "nginx is missing: install it (Debian: apt-get install nginx-light) to try the example of a public instance"; }

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
	rm -rf $(VENV) $(KB) .npm .cache build dist
