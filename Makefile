# Every target sets up all that it needs, in .venv, and leaves the system alone. Needs Python 3.11 and make.

PYTHON ?= python3.11
BIN := .venv/bin
# Two cores are used best by two single-threaded processes.
export OMP_NUM_THREADS := 1

TASK ?= parity
SEED ?=
RUN ?=
MACHINE ?=
TRACE ?=
VERILOG ?=
CONFIG ?= configs/trace.yaml
ARGS ?=
SUITE ?= small
PEERS ?=
MODELS ?=
BOARD ?= icebreaker
TARGET ?= sim

# The recipe reads these from its environment, so that a path may hold whatever a file name may.
export TASK RUN MACHINE TRACE VERILOG CONFIG SEED BOARD TARGET SUITE MODELS

.DEFAULT_GOAL := help

help: ## explain every target
	@echo "make TARGET [NAME=value ...]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo "  TASK=name       a file of configs/, by its name (default parity); machine takes MACHINE=file"
	@echo "  MACHINE=file    train: with TASK=machine, a .kiss2 (of at most 12 input bits), .dot or .json machine to sample from;"
	@echo "                  bitstream, flash, sim, selftest: the machine, or a circuit (.aig, .aag, .blif), or a run"
	@echo "  TRACE=file      learn: a capture (.vcd), or other examples (.csv, .abb, text)"
	@echo "  CONFIG=file     learn: what its signals are (default configs/trace.yaml, which explains all fields)"
	@echo "  VERILOG=file    prove: a module; ARGS tells its ports"
	@echo "  BOARD=name      icebreaker (default), ulx3s, colorlight-i5, orangecrab, tang-nano-9k, arty"
	@echo "  TARGET=port     selftest: sim (default), or the serial port of a board, as /dev/ttyUSB1"
	@echo "  SEED=n          the seed of the examples and of the weights (default 0)"
	@echo "  RUN=folder      where the run goes (default runs/TASK, or runs/ and the name of MACHINE or TRACE)"
	@echo "  SUITE=name      bench: small (default), labels, random, noise, large, hidden; protocols, traces with MODELS=folder of .dot"
	@echo "  ARGS='...'      anything else for the command, as in ARGS='--trainer.max_epochs 500'"

.venv/installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: apt install python3.11 python3.11-venv, or PYTHON=..."; exit 2; }
	@echo "setting up .venv, once; this takes a minute or two"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable '.[learn,report,dev]'
	@touch $@

setup: .venv/installed ## create .venv and install into it; every other target does so by itself

# Each FPGA family is a download of its own. `fpga.boards` knows which one a board needs.
.venv/installed-%: .venv/installed
	@echo "installing the extra $*, once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$*]'
	@touch $@

train: .venv/installed ## learn TASK, collapse it, prove it; the run is left in RUN
	@name=$$TASK; \
	set --; \
	if [ -n "$$MACHINE" ]; then \
		if [ "$$TASK" != machine ]; then echo "MACHINE needs TASK=machine" >&2; exit 2; fi; \
		name=$${MACHINE##*/}; name=$${name%.*}; \
		set -- --name "$$name" --data.init_args.task.init_args.file "$$MACHINE"; \
	fi; \
	if [ -n "$$SEED" ]; then set -- "$$@" --seed_everything "$$SEED"; fi; \
	$(BIN)/seqlogic train --config "configs/$$TASK.yaml" --run "$${RUN:-runs/$$name}" "$$@" $(ARGS)

learn: .venv/installed ## learn the machine behind TRACE, as CONFIG says; the run is left in RUN
	@if [ -z "$$TRACE" ]; then echo "learn needs TRACE=file, as in TRACE=fpga/captures/uart_receiver.vcd" >&2; exit 2; fi; \
	name=$${TRACE##*/}; name=$${name%.*}; \
	set -- --name "$$name" --data.init_args.file "$$TRACE"; \
	if [ -n "$$SEED" ]; then set -- "$$@" --seed_everything "$$SEED"; fi; \
	$(BIN)/seqlogic train --config "$$CONFIG" --run "$${RUN:-runs/$$name}" "$$@" $(ARGS)

prove: .venv/installed-sim ## prove MACHINE against VERILOG; ARGS='--clock clk --reset rst --inputs a --outputs b'
	@if [ -z "$$MACHINE" ] || [ -z "$$VERILOG" ]; then echo "prove needs MACHINE=file and VERILOG=file" >&2; exit 2; fi; \
	$(BIN)/seqlogic prove "$$MACHINE" "$$VERILOG" $(ARGS)

captures: .venv/installed-sim ## simulate the modules of fpga/captures anew; ARGS='--seed 1 --output-dir folder'
	@$(BIN)/python -m fpga.captures $(ARGS)

# Sets `machine` to what is to be built, and trains first where TASK has no exact run yet. A run that is there is not
# trained again, even if its certificate does not check: the build refuses it and says why.
define proven
	if [ -n "$$MACHINE" ]; then machine=$$MACHINE; \
	else \
		machine=$${RUN:-runs/$$TASK}; \
		if [ ! -e "$$machine/certificate.json" ]; then $(MAKE) --no-print-directory train || exit; fi; \
	fi
endef
define built
	name=$${MACHINE:-$${RUN:-$$TASK}}; name=$${name%/}; name=$${name##*/}; [ -z "$$MACHINE" ] || name=$${name%.*}
endef

bitstream: .venv/installed-sim ## build the bitstream of TASK, or of MACHINE, for BOARD; train first if need be
	@extra=$$($(BIN)/python -m fpga.boards "$$BOARD") && $(MAKE) --silent --no-print-directory ".venv/installed-$$extra" \
		$(if $(findstring --cpu-type,$(ARGS)),.venv/installed-cpu) || exit; \
	$(proven); $(BIN)/python -m fpga --board "$$BOARD" --machine="$$machine" --build $(ARGS)

flash: .venv/installed-sim ## write that bitstream to the flash of the board; ARGS=--load until power is lost
	@$(built); $(BIN)/python -m fpga --board "$$BOARD" --output-dir "build/$$BOARD/$$name" $(or $(ARGS),--flash)

# Its compiler is the one thing that has to come from the system; who lacks it is told so.
firmware: .venv/installed-cpu ## build the BIOS of TASK, or of MACHINE, for a CPU (on ulx3s if no BOARD); ARGS='--cpu-type serv'
	@$(proven); $(BIN)/python -m fpga.firmware --machine="$$machine" \
		--board "$(if $(filter file,$(origin BOARD)),ulx3s,$(BOARD))" $(ARGS)

sim: .venv/installed-sim ## simulate the SoC of TASK, or of MACHINE, and wait for a host; ARGS='--trace x.vcd'
	@$(proven); $(BIN)/python -m fpga.simulate --machine="$$machine" $(ARGS)

selftest: .venv/installed-sim ## run the conformance suite on TARGET; with sim, on a simulation of its own
	@$(built); \
	if [ "$$TARGET" = sim ]; then \
		$(proven); $(BIN)/python -m fpga.simulate --machine="$$machine" --no-run || exit; build=build/sim/$$name; \
	else build=build/$$BOARD/$$name; fi; \
	$(BIN)/seqlogic board selftest --build "$$build" --target "$$TARGET" $(ARGS)

test: $(addprefix .venv/installed-,sim ice40 cpu peers) ## run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

fuzz: .venv/installed-fuzz ## fuzz every reader of a file, ten minutes in all; ARGS='--seconds 60 --only vcd'
	@$(BIN)/python -m tests.fuzz $(ARGS)

bench: .venv/installed $(if $(PEERS),.venv/installed-peers) ## compare learners on SUITE; PEERS=1 runs the others too, ARGS='--seeds 2' less
	@set --; if [ -n "$$MODELS" ]; then set -- --models "$$MODELS"; fi; \
	$(BIN)/python -m seqlogic.study --suite "$$SUITE" $(if $(PEERS),--peers) "$$@" $(ARGS)

bench-speed: $(addprefix .venv/installed-,sim peers) ## time what can run a learned machine, each on one core; ARGS='--states 20 --seconds 5'
	@$(BIN)/python -m seqlogic.study.speed $(ARGS)

lint: .venv/installed ## check style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean: ## remove .venv and all caches; runs/ and build/ are kept
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

test-boards: $(addprefix .venv/installed-,sim ice40 ecp5 gowin cpu) ## build for every open board; some minutes
	@SEQLOGIC_TEST_BOARDS=1 $(BIN)/python -m pytest tests/test_fpga_boards.py $(ARGS)

.PHONY: help setup train learn prove captures bitstream flash firmware sim selftest test test-boards fuzz bench bench-speed lint clean
