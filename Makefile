# Two commands: `make paper` builds the seed studies, `make test` proves them.

PYTHON ?= python3
# An archive holds one study.
SEEDS := $(strip $(foreach study,aponermin fhrmm,$(if $(wildcard data/$(study)/study.yml),$(study))))
VENV := .venv
BIN := $(VENV)/bin
NEWER := import sys; sys.exit(sys.version_info < (3, 11))
HASH := import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()[:16])
# One marker per content of a lock: a changed lock installs again, a touched one does not.
MARK = $(VENV)/installed-$(1)-$(shell $(PYTHON) -c '$(HASH)' $(1) 2>/dev/null)
RUN_MARK := $(call MARK,requirements.lock)
TEST_MARK := $(call MARK,requirements-dev.lock)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input install

.PHONY: paper .venv test lint reference lock

paper: .venv
	@$(BIN)/manuscript build $(SEEDS)

.venv: $(RUN_MARK)

$(RUN_MARK): pyproject.toml
	@$(PYTHON) -c '$(NEWER)' 2>/dev/null || { echo "error: $(PYTHON) is not Python 3.11 or newer"; \
	  echo "  mend:  make PYTHON=/path/to/a/newer/python3"; exit 1; }
	@echo "setting up $(VENV) (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib src/helpers || true
	@rm -f $(VENV)/installed-requirements.lock-*
	@touch $@

$(TEST_MARK): $(RUN_MARK)
	@echo "adding the test tools to $(VENV)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/installed-requirements-dev.lock-*
	@touch $@

test: $(TEST_MARK)
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(TEST_MARK)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

reference: $(TEST_MARK)
	@$(BIN)/python tests/reference/regenerate.py

UV := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet

lock:
	@$(UV) --extra build -o requirements.lock
	@$(UV) --extra build --extra cluster --extra test -c requirements.lock -o requirements-dev.lock
