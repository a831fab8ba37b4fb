PYTHON ?= python3
TORCH ?= torch==2.13.0
BIN := .venv/bin
export SITE_URL ?= http://127.0.0.1:8000/
# Where "open an issue" leads: on GitHub known, else the remote if it is one.
REMOTE = git remote get-url origin 2>&1 | sed -n \
  's|^git@\([^:]*\):|https://\1/|; s|\.git$$||; /^https:/p'
export REPO_URL ?= $(if $(GITHUB_REPOSITORY),$(GITHUB_SERVER_URL)/$(GITHUB_REPOSITORY),$(shell $(REMOTE)))
export NO_MKDOCS_2_WARNING = 1 # we know: see README, "Where things are"
export SITE_URL_ZH = $(SITE_URL)zh/
# Packages are not compiled when installed, but when first imported.
export PYTHONDONTWRITEBYTECODE =

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

# Two processes at a time, one thread each.
site generate serve: export OMP_NUM_THREADS = 1
site: generate ## build both languages into site/
	@$(MAKE) --silent -j2 site-en site-zh
	@rm -rf site && mv build/site/en site && mv build/site/zh site/zh
	@echo "Built site/index.html and site/zh/index.html. To view them:"
	@echo "  $(BIN)/python -m http.server --directory site 8000"
	@echo "and open $(SITE_URL). 'make pdf' adds the books,"
	@echo "'make offline' the zips to read without a server."
# All that mkdocs reads: build/docs.
generate: .venv/site .venv/npm
	@$(BIN)/python -m docs.generate
site-en:
	@$(BIN)/mkdocs build --strict --quiet --site-dir build/site/en
site-zh:
	@$(BIN)/mkdocs build --strict --quiet --config-file mkdocs.zh.yml \
	  --site-dir build/site/zh

serve: generate ## preview, live: English :8000, 中文 :8001
	@$(MAKE) -j3 serve-en serve-zh serve-watch
serve-en: export PEER = http://127.0.0.1:8001/zh/
serve-en:
	@$(BIN)/mkdocs serve --dirty --dev-addr 127.0.0.1:8000
serve-zh: export PEER = http://127.0.0.1:8000/
serve-zh:
	@$(BIN)/mkdocs serve --dirty --config-file mkdocs.zh.yml \
	  --dev-addr 127.0.0.1:8001
serve-watch:
	@$(BIN)/python -m docs.generate --watch

# The site first: what it needs must be among what it installs.
test: offline .venv/test ## run everything that keeps the numbers true
	@if $(BIN)/python -m docs.pdf --find-browser; then $(BIN)/python -m docs.pdf; fi
	@$(BIN)/ruff check && $(BIN)/ruff format --check
	@OMP_NUM_THREADS=1 $(BIN)/pytest # one process a core, one thread each

pdf: browser site ## build one book per language into site/pdf/
	@$(BIN)/python -m docs.pdf
browser: .venv/test
	@$(BIN)/python -m docs.pdf --find-browser

offline: site ## zip each language, to read without a server
	@OFFLINE=true $(MAKE) -s -j2 offline-en offline-zh
	@$(BIN)/python -m docs.zips
offline-en:
	@$(BIN)/mkdocs build --strict --quiet --site-dir build/offline/en
offline-zh:
	@$(BIN)/mkdocs build --strict --quiet --config-file mkdocs.zh.yml \
	  --site-dir build/offline/zh

outputs: .venv/test ## rewrite expected outputs from real runs, show the diff
	@$(BIN)/python -m tests.blocks
	@git --no-pager diff -- snippets README.md README.zh.md

loss: .venv/test ## refresh and prove one loss: make loss NAME=focal_loss
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.loss $(NAME)

new: .venv/test ## write the skeleton of a loss: make new NAME=my_loss
	@$(BIN)/python -m tests.new $(NAME)

portable: site .venv/test ## run blocks, notebooks, figures in each setting
	@$(BIN)/python -m tests.portable

arm: .venv/test ## run every block on an emulated arm64 machine
	@bash tests/arm.sh

matrix: .venv/test generate ## run blocks, formulas, pages, errors, proofs on each torch
	@bash tests/matrix.sh

next: site build/next/.venv/whole ## build with Zensical too, list what it lacks
	@$(BIN)/python -m tests.next_renderer

gpu: ## run every block and probe on this machine's GPU, with its own torch
	@python3 -m tests.gpu

bench: .venv/test ## measure time and memory: all, or NAME=focal_loss
	@$(BIN)/python -m tests.bench $(NAME)

# PEER_SITE=/path shows another built site beside ours.
bench-site: .venv/test site ## measure builds, live reload, loads, search, the suite
	@$(BIN)/python -m tests.bench_site $(PEER_SITE)

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header
LOCK = $(COMPILE) --group site --group torch
lock: .venv/site ## renew requirements*.txt and package-lock.json
	$(BIN)/pip install --quiet uv
	$(LOCK) --upgrade --group test --group oracles \
	  --output-file requirements.txt
	$(LOCK) --no-annotate --constraint requirements.txt \
	  --output-file requirements-site.txt
	$(COMPILE) --no-annotate --upgrade --group next \
	  --output-file requirements-next.txt
	$(BIN)/npm update

clean: ## remove what the build made
	rm -rf .venv build node_modules site

# Set-up. Each stamp in .venv says that a part of it is whole, and of what:
# python by which Python and where, site with which torch.
IS := -c 'import os, sys; print("%d.%d in %s" % (sys.version_info[:2] \
  + (os.path.realpath(".venv"),)))'
# Any Python will do that made it, unless one is named.
ASKED := $(if $(filter file,$(origin PYTHON)),$(BIN)/python,$(PYTHON))
ifneq ($(shell $(ASKED) $(IS) 2>/dev/null),$(shell cat .venv/python 2>/dev/null))
.venv/python: FORCE
endif
ifneq ($(TORCH),$(shell cat .venv/site 2>/dev/null))
.venv/site: FORCE
endif

# While pip works there is no .venv/python: killed, or failed once it has begun
# to install, all is made anew. Why it failed is one line if it's the network.
define pip
@mv .venv/python .venv/busy && touch .venv/begun
@$(BIN)/python -m pip install --quiet --no-compile --no-warn-conflicts \
  $(1) >.venv/log 2>&1 || { $(TELL); \
  test .venv/lib/python*/site-packages -nt .venv/begun || \
  mv .venv/busy .venv/python; exit 1; }
@mv .venv/busy .venv/python
endef
TELL = if grep -qE '$(NETWORK)' .venv/log; then \
  echo "No network: connect, then run make again (see .venv/log)"; \
  else grep -v ^WARNING .venv/log; fi >&2
NETWORK = ^(ERROR|pip[._]).*(versions: none|retries|onnection|[Tt]ime)|^npm.* \
  code E(CONN|NOTFOUND|AI_AGAIN|TIMEDOUT|NET|HOST)

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  2>/dev/null || { echo "$(PYTHON) is no Python, or older than 3.11:" \
	  "make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || { echo "$(PYTHON)" \
	  "makes no .venv: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python $(IS) >$@

.venv/site: .venv/python requirements-site.txt
	@rm -f $@
	@echo "Installing what the site needs into .venv: 1 to 2 minutes"
	$(call pip,--no-deps --require-hashes --requirement requirements-site.txt)
	$(call pip,--upgrade "$(TORCH)")
	@echo "$(TORCH)" >$@

.venv/test: .venv/site requirements.txt
	@rm -f $@
	@! grep -vxFf requirements.txt requirements-site.txt || { echo \
	  "requirements-site.txt has these lines alone: make lock" >&2; exit 1; }
	@echo "Installing what the tests need into .venv: 1 to 2 minutes"
	$(call pip,--no-deps --require-hashes --requirement requirements.txt)
	$(call pip,--upgrade "$(TORCH)")
	@touch $@

# Zensical must not meet what the site is built with.
build/next/.venv/whole: requirements-next.txt | .venv/site
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/pip install --quiet --no-compile --no-deps --require-hashes \
	  --requirement $< >.venv/log 2>&1 || { $(TELL); exit 1; }
	@touch $@

# A package that was removed makes its folder younger than the stamp.
.venv/npm: .venv/python package-lock.json node_modules \
  $(wildcard node_modules/*) | .venv/site
	@$(BIN)/npm ci --prefer-offline --fetch-retries=1 --loglevel=error \
	  >.venv/log 2>&1 || { $(TELL); exit 1; }
	@touch $@
node_modules: ;

.PHONY: help site generate site-en site-zh serve serve-en serve-zh \
  serve-watch test pdf \
  browser offline offline-en offline-zh outputs portable arm matrix gpu bench \
  bench-site next loss new lock clean FORCE
