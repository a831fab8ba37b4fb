PYTHON ?= python3
TORCH ?= torch==2.13.0
BIN := .venv/bin
READY := .venv/ready-$(subst =,-,$(TORCH))
export SITE_URL ?= http://127.0.0.1:8000/
export NO_MKDOCS_2_WARNING = 1 # we know: see README, "How it is built"
export SITE_URL_ZH = $(SITE_URL)zh/

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

site: $(READY) ## build both languages into site/
	@$(BIN)/python docs/figures
	@rm -rf build/site
	@$(BIN)/mkdocs build --strict --quiet --site-dir build/site
	@$(BIN)/mkdocs build --strict --quiet --config-file mkdocs.zh.yml \
	  --site-dir build/site/zh
	@rm -rf site && mv build/site site
	@echo "Built site/index.html and site/zh/index.html. To view them:"
	@echo "  $(BIN)/python -m http.server --directory site 8000"
	@echo "and open $(SITE_URL). 'make pdf' adds the books,"
	@echo "'make offline' the zips to read without a server."

serve: $(READY) ## preview with live reload, English :8000, 中文 :8001
	@$(BIN)/python docs/figures
	@$(MAKE) -j2 serve-en serve-zh
serve-en: export PEER = http://127.0.0.1:8001/zh/
serve-en:
	@$(BIN)/mkdocs serve --dirty --dev-addr 127.0.0.1:8000
serve-zh: export PEER = http://127.0.0.1:8000/
serve-zh:
	@$(BIN)/mkdocs serve --dirty --config-file mkdocs.zh.yml \
	  --dev-addr 127.0.0.1:8001

test: offline ## run everything that keeps the numbers true
	@if $(BIN)/python -m docs.pdf --find-browser; then $(BIN)/python -m docs.pdf; fi
	@$(BIN)/ruff check && $(BIN)/ruff format --check
	@OMP_NUM_THREADS=1 $(BIN)/pytest # one process a core, one thread each

pdf: site ## build one book per language into site/pdf/
	@$(BIN)/python -m docs.pdf

offline: site ## zip each language, to read without a server
	@OFFLINE=true $(MAKE) -s -j2 offline-en offline-zh
	@$(BIN)/python -m docs.offline
offline-en:
	@$(BIN)/mkdocs build --strict --quiet --site-dir build/offline/en
offline-zh:
	@$(BIN)/mkdocs build --strict --quiet --config-file mkdocs.zh.yml \
	  --site-dir build/offline/zh

outputs: $(READY) ## rewrite expected outputs from real runs, show the diff
	@$(BIN)/python -m tests.blocks
	@git --no-pager diff -- snippets README.md README.zh.md

bench: $(READY) ## measure time and memory beside public implementations
	@$(BIN)/python -m tests.bench

# PEER_SITE=/path shows another built site beside ours.
bench-site: site ## measure builds, live reload, loads, search, the suite
	@$(BIN)/python -m tests.bench_site $(PEER_SITE)

lock: $(READY) ## renew requirements.txt and package-lock.json
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-header \
	  --group site --group test --group torch --group oracles \
	  --output-file requirements.txt
	$(BIN)/npm update

clean: ## remove what the build made
	rm -rf .venv build node_modules site

$(READY): requirements.txt package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv || (echo "No venv: apt-get install python3-venv"; \
	  exit 1)
	$(BIN)/pip install --quiet --no-deps --require-hashes --requirement requirements.txt
	$(BIN)/pip install --quiet "$(TORCH)"
	$(BIN)/npm ci --silent
	@rm -f .venv/ready* && touch $@

.PHONY: help site serve serve-en serve-zh test pdf offline offline-en \
  offline-zh outputs bench bench-site lock clean
