# The two commands: `make run` and `make test`. Everything else is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run setup test check fix bench soak clean browser screenshots

run: setup ## set everything up and start Tocsin on 127.0.0.1:8000
	@exec $(BIN)/tocsin serve --welcome

setup: $(VENV)/.installed ## only the installing

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tocsin needs Python 3.11 or newer; $(PYTHON) is older. Set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

browser: ## Debian's Chromium for the browser tests, where this may install it; else they say how to get it
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing chromium for the browser tests"; \
	  { apt-get install -y --no-install-recommends chromium || \
	    { apt-get update && apt-get install -y --no-install-recommends chromium; }; } >/dev/null || \
	  echo "Chromium could not be installed; the browser tests say how to get it"; \
	fi

screenshots: $(VENV)/.dev browser ## a picture of every page into docs/images, from the drill's data
	$(BIN)/python -m tests.browser.screenshots

test: $(VENV)/.dev browser ## everything that must hold, in under 15 minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev ## ruff, mypy --strict, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## the numbers of the README, as a table
	$(BIN)/python -m benchmarks

soak: $(VENV)/.dev ## what takes longer than make test may
	$(BIN)/python -m pytest -m soak --timeout 3600

clean:
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache
