# Every target sets up all that it needs, in .venv, and leaves the system alone. Needs Python 3.11 and make.

PYTHON ?= python3.11
BIN := .venv/bin
# Two cores are used best by two single-threaded processes.
export OMP_NUM_THREADS := 1

TASK ?= parity
SEED ?=
RUN ?=
MACHINE ?=
ARGS ?=
TASKS ?=
SEEDS ?= 20

# The recipe reads these from its environment, so that a path may hold whatever a file name may.
export TASK RUN MACHINE SEED

ifneq ($(MACHINE),)
ifneq ($(TASK),machine)
$(error MACHINE needs TASK=machine)
endif
endif

.DEFAULT_GOAL := help

help: ## explain every target
	@echo "make TARGET [NAME=value ...]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo "  TASK=name       a file of configs/, by its name (default parity); machine takes MACHINE=file"
	@echo "  MACHINE=file    with TASK=machine: a .kiss2, .dot or .json machine to sample examples from"
	@echo "  SEED=n          the seed of the examples and of the weights (default 0)"
	@echo "  RUN=folder      where the run goes (default runs/TASK, or runs/ and the name of MACHINE)"
	@echo "  ARGS='...'      anything else for the command, as in ARGS='--trainer.max_epochs 500'"

.venv/installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: apt install python3.11 python3.11-venv, or PYTHON=..."; exit 2; }
	@echo "setting up .venv, once; this takes a minute or two"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable '.[learn,report,dev]'
	@touch $@

setup: .venv/installed ## create .venv and install into it; every other target does so by itself

train: .venv/installed ## learn TASK, collapse it, prove it; the run is left in RUN
	@name=$$TASK; \
	set --; \
	if [ -n "$$MACHINE" ]; then \
		name=$${MACHINE##*/}; name=$${name%.*}; \
		set -- --name "$$name" --data.init_args.task.init_args.file "$$MACHINE"; \
	fi; \
	if [ -n "$$SEED" ]; then set -- "$$@" --seed_everything "$$SEED"; fi; \
	$(BIN)/seqlogic train --config "configs/$$TASK.yaml" --run "$${RUN:-runs/$$name}" "$$@" $(ARGS)

test: .venv/installed ## run all tests
	@$(BIN)/python -m pytest -n 2 $(ARGS)

bench: .venv/installed ## measure how often each task is learned exactly; TASKS='parity mod16' SEEDS=20 to choose
	@$(BIN)/python -m seqlogic.study.exactness $(TASKS) --seeds $(SEEDS) $(ARGS)

lint: .venv/installed ## check style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean: ## remove .venv and all caches; runs/ is kept
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build

.PHONY: help setup train test bench lint clean
