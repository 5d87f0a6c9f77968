# Everything a newcomer needs: `make bench` and `make test`, on a machine with Python and make.

PYTHON ?= python3
VENV := .venv
LOWEST := .venv-lowest
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
# torch's CPU build is not on PyPI for Linux: look here too. Small networks need no GPU.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

export SDL_VIDEODRIVER ?= dummy

.DEFAULT_GOAL := help
.PHONY: help bench test docs notebooks test-lowest test-libraries test-clusters kills equilibria check core results throughput videos clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

bench: $(READY)  ## train and compare agents on SafetyProxy-v0: table, plot, report (about 5 minutes)
	$(RUN) -m benchmarks run quick

test: $(READY)  ## run the tests
	$(RUN) -m pytest -n 2 --dist loadfile

equilibria: $(READY)  ## compare social certificates of 2,500 small games with every policy (three minutes)
	$(RUN) -m tests.exact.test_equilibria 2000

test-lowest:  ## run the tests with the lowest versions that pyproject.toml allows (twenty minutes)
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(PYTHON) -m tests.lowest_versions > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --retries 1 --constraint constraints.txt --extra-index-url $(TORCH_INDEX) torch
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(LOWEST)/constraints.txt --editable '.[train,video,bench,dev]'
	$(LOWEST)/bin/python -m pytest -n 2 --dist loadfile

test-libraries:  ## run the tests with seven other libraries, each in an environment of its own (1 to 2 GB each)
	$(PYTHON) -m tests.integrations $(LIBRARIES)

test-clusters: $(READY)  ## run experiments on a Ray cluster that loses a node, and on Dask; installs both
	$(PIP) '.[ray,dask]'
	$(RUN) -m pytest tests/benchmarks/test_clusters.py

kills: $(READY)  ## kill an experiment twenty times and compare it with an undisturbed one (ten minutes)
	$(RUN) -m tests.benchmarks.test_interruptions 20

check: $(READY)  ## lint and type-check
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

docs: $(READY)  ## build the documentation site in build/docs, warnings are errors (five minutes, then two)
	$(PIP) --editable '.[docs]'
	$(RUN) -m docs.site

core: $(READY)  ## train three algorithms on twelve hazards (two hours, resumable): docs/results/core
	$(RUN) -m benchmarks run core
	$(RUN) -m benchmarks page core --out docs/results/core

RESULTS := core cooperation race price_collusion matrix_games misgeneralisation capability gridworlds alignment furnished_rooms oversight blind_spots methods more_methods agreements
PUBLISHED := published_mona published_overoptimisation published_interruptible published_off_switch published_attainable_utility published_reachability
results: $(READY)  ## make all committed results (about ten hours, resumable): docs/results
	for name in $(RESULTS) $(PUBLISHED); do \
		$(RUN) -m benchmarks run $$name && $(RUN) -m benchmarks page $$name --out docs/results/$$name || exit 1; \
	done

throughput: $(READY)  ## measure steps per second beside a plain memory copy
	$(RUN) -m benchmarks speed

notebooks: $(READY)  ## run the notebooks of docs/notebooks and write what they show
	$(RUN) -m tests.helpers.notebooks docs/notebooks/*.ipynb

videos: $(READY)  ## draw the videos in videos/ again (that of the commons says which two agents to train first)
	$(RUN) -m videos.make

clean:  ## remove the virtual environment and build leftovers (results are kept)
	rm -rf $(VENV) $(VENV)-* build dist .mypy_cache .ruff_cache .pytest_cache

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (once; one to three minutes)"
	$(PIP) --no-deps --retries 1 --extra-index-url $(TORCH_INDEX) torch
	$(PIP) --editable '.[train,video,bench,dev]'
	@touch $@
