# The few commands of the project. Each sets up what it needs in .venv by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo run test check crash bench soak screenshots lock

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

# Two stamps: who only runs the service does not wait for the test tools.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "taskmon needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing the locked test tools into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev  ## install everything, the test tools too

demo: $(VENV)/.runtime  ## see it work: 24 simulated servers, a reset, a failure, an abort (KEEP=1 leaves it running)
	@$(BIN)/python run.py demo $(if $(KEEP),--keep)

run: $(VENV)/.runtime  ## start the service with its defaults
	@$(BIN)/python run.py serve

test: $(VENV)/.dev  ## run all tests, two at a time (JOBS=0: one by one; ARGS=tests/web)
	$(BIN)/python -X dev -m pytest -n $(or $(JOBS),2) --dist loadfile $(ARGS)

check: $(VENV)/.dev  ## ruff, mypy --strict, and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

crash: $(VENV)/.dev  ## kill it KILLS times at named steps, each of them first, and KILLS times at random (KILLS=200 SEED=1)
	KILLS=$(or $(KILLS),200) SEED=$(or $(SEED),1) $(BIN)/python -X dev -m pytest -s \
	    tests/system/test_crash_steps.py tests/system/test_crashes.py

screenshots: $(VENV)/.dev  ## pictures of every view of the dashboard, light and dark, wide and narrow, in screenshots/
	$(BIN)/python -m tests.ui.screenshots screenshots

soak: $(VENV)/.dev  ## mixed load, faults and kills for so long, and every promise checked (MINUTES=2 SERVERS=200 SEED=1)
	$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),2) --servers $(or $(SERVERS),200) --seed $(or $(SEED),1)

bench: $(VENV)/.dev  ## what it costs, beside what it could cost at best (ARGS="--only ROW", --missing, --quick)
	@$(BIN)/python -m bench $(ARGS)

# The test tools are resolved within the versions that the service is locked to.
COMPILE := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
           --no-header --python-version 3.11 pyproject.toml --extra build
lock:  ## work out the locked versions anew (needs uv)
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
