# Everything a developer does, each as one command on a fresh clone. Needs npm, make, a POSIX shell and git; a Node
# that is too old is replaced by one that toolchain/ brings.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help init start test dev generate build lint format typecheck breaking conformance bench clean

RUN := scripts/with-node.sh
# MiB. Calls leave little behind, but much at once: fewer collections, each with less that is still in use.
YOUNG := --max-semi-space-size=64
# A call goes through many small functions: more of them than V8 would put together become one.
INLINED := --max-inlined-bytecode-size=920 --max-inlined-bytecode-size-cumulative=2500
BIN := $(RUN) node node_modules
STAMPS := .stamps
PROTOS := $(shell find proto proto-validate packages/*/src/testdata examples/*/proto -name '*.proto' 2>/dev/null)
LIBRARIES := policy http2 contracts server client-runtime client
sources = $(shell find $(1)/src -name '*.ts' ! -name '*.test.ts' 2>/dev/null) $(1)/package.json $(1)/tsup.config.ts tsup.base.ts

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

init: $(STAMPS)/generate ## Install what the lock file says and generate code from the contracts

start: build ## Serve the whole platform on port 8080 with demo data (PORT=… for another one)
	@$(RUN) node $(YOUNG) $(INLINED) reference-server/dist/bin.js serve --welcome

dev: $(STAMPS)/generate ## Serve from the sources and restart when they change
	$(RUN) node $(YOUNG) $(INLINED) --watch --conditions=@traffic-tacos/source reference-server/src/bin.ts serve --welcome

test: build ## Run every check and every test
	$(RUN) sh scripts/check.sh
	$(BIN)/vitest/vitest.mjs run

generate: ## Generate code from the contracts again
	@rm -f $(STAMPS)/generate
	@$(MAKE) --no-print-directory $(STAMPS)/generate

build: $(LIBRARIES:%=$(STAMPS)/build-%) $(STAMPS)/build-reference-server ## Build every package

lint: $(STAMPS)/generate ## Lint sources and contracts
	$(RUN) sh scripts/check.sh lint

format: $(STAMPS)/install ## Format sources and contracts
	$(BIN)/@biomejs/biome/bin/biome check --write .
	$(RUN) node_modules/.bin/buf format -w proto
	$(RUN) node_modules/.bin/buf format -w proto-validate

typecheck: $(STAMPS)/generate ## Check the types of everything
	$(RUN) sh scripts/check.sh types

breaking: $(STAMPS)/generate ## Compare the contracts with the last release
	$(RUN) sh scripts/check.sh breaking

conformance: $(STAMPS)/generate ## Run h2spec against the HTTP/2 engine, the Connect suite against the server (needs Go)
	$(RUN) sh scripts/h2spec.sh
	$(RUN) sh scripts/conformance.sh

bench: build ## Measure the parts that have to be fast
	$(RUN) sh scripts/bench.sh

clean: ## Remove everything that was installed, generated or built
	rm -rf $(STAMPS) node_modules packages/*/node_modules reference-server/node_modules examples/*/node_modules \
	  toolchain/node_modules third_party packages/*/gen packages/*/dist packages/contracts/proto reference-server/dist packages/*/src/gen packages/*/src/testdata/gen \
	  conformance/gen conformance/.tools conformance/*/.bin conformance/grpc/*/.bin conformance/grpc/*/.venv conformance/grpc/*/target bench/out

$(STAMPS)/install: package.json package-lock.json .npmrc toolchain/package-lock.json $(wildcard packages/*/package.json reference-server/package.json examples/*/package.json)
	@mkdir -p $(STAMPS)
	@echo "Installing packages ..." >&2
	@$(RUN) npm ci --loglevel=error
	@touch $@

$(STAMPS)/generate: $(STAMPS)/install $(PROTOS) buf.yaml buf.gen.yaml $(wildcard packages/*/buf.gen.yaml packages/*/src/testdata/buf.gen.yaml) scripts/generate.sh scripts/third-party-protos.sh scripts/write-package-indexes.ts
	@echo "Generating code from the contracts ..." >&2
	@sh scripts/third-party-protos.sh
	@$(RUN) sh scripts/generate.sh
	@touch $@

define build_rule
$(STAMPS)/build-$(1): $(STAMPS)/generate $(call sources,$(2)) $(3:%=$(STAMPS)/build-%)
	@echo "Building $(2) ..." >&2
	@cd $(2) && $(CURDIR)/scripts/with-node.sh node $(CURDIR)/node_modules/tsup/dist/cli-default.js --silent
	@touch $$@
endef
$(eval $(call build_rule,policy,packages/policy,))
$(eval $(call build_rule,contracts,packages/contracts,policy))
$(eval $(call build_rule,http2,packages/http2,))
$(eval $(call build_rule,server,packages/server,policy http2))
$(eval $(call build_rule,client-runtime,packages/client-runtime,policy))
$(eval $(call build_rule,client,packages/client,client-runtime contracts))
$(eval $(call build_rule,reference-server,reference-server,server contracts))
