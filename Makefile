# Everything that is built, tested and shown here. `make help` lists the verbs; each does what it needs first, and only once.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

SOURCES := $(shell find src workflows activities -name '*.ts' 2>/dev/null)

.PHONY: help demo test unit workflow cluster faults lint typecheck format build tools bench types clean prerequisites

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: prerequisites build tools ## start everything and take a DittoServer from "applied" to "Ready" (DEMO_EXIT=1: end then)
	@node test/kit/demo.ts

test: prerequisites build tools lint ## run all tests on real parts
	@node scripts/test.ts all

unit: build tools ## run unit tests, and workflow tests on one runner
	@node scripts/test.ts unit

workflow: build tools ## run workflow tests on both runners
	@node scripts/test.ts workflow

cluster: build tools ## run the tests against a real API server, Temporal server and Percona operator
	@node scripts/test.ts cluster

faults: build tools ## run the tests of faults and load, on the same real parts
	@node scripts/test.ts faults

bench: build tools ## measure speed and cost on a quiet machine (about 45 min), and write docs/performance.md
	@node test/bench/index.ts

lint: typecheck ## check style, types, room boundaries, formatting and generated files
	@echo "Linting (about 20 s)"
	@eslint --max-warnings 0 .
	@prettier --check --log-level warn .
	@node scripts/generate-types.ts --check

typecheck: node_modules/.installed ## check types
	@echo "Checking types (about 10 s)"
	@tsc --noEmit

format: node_modules/.installed ## format all files
	@prettier --write --log-level warn .

types: node_modules/.installed ## generate the types of a DittoServer from its CRD
	@node scripts/generate-types.ts

build: dist/.built ## compile the program into dist/

tools: node_modules/.installed ## build the real parts for tests and demo into the user's cache folder
	@node test/kit/tools/install.ts

clean: ## remove what was built here (not the tools in the cache folder)
	rm -rf dist node_modules

prerequisites:
	@sh scripts/prerequisites.sh

node_modules/.installed: package.json package-lock.json | prerequisites
	@echo "Installing npm packages (about 1 min)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dist/.built: node_modules/.installed tsconfig.json tsconfig.build.json scripts/build-workflows.ts $(SOURCES)
	@echo "Building the program (about 10 s)"
	@rm -rf dist
	@tsc -p tsconfig.build.json
	@node scripts/build-workflows.ts
	@touch $@
