# Targets print what they do with: make help

SHELL := /bin/bash
.DEFAULT_GOAL := help

# A release is built like this, here, in .goreleaser.yaml and in .ci/run:
# without cgo, without paths of this machine, without grpc's tracing pages.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X github.com/weft-dev/weft/ui/cli.version=$(VERSION)
BUILD   := CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags '$(LDFLAGS)'

TOOL := go tool -modfile=tools/go.mod

# The last AsyncAPI CLI that runs with Node.js 18 to 22.
PEER_VERSION ?= 4.1.1
COUNT ?= 6

.PHONY: all
all: build test lint ## build, test and lint

.PHONY: help
help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/weft as it is released
	$(BUILD) -o bin/weft ./cmd/weft

.PHONY: full
full: ## build bin/weft-full: weft with the drivers of extra/ (Google Pub/Sub, Pulsar)
	CGO_ENABLED=0 go -C extra build -trimpath -tags grpcnotrace -ldflags '$(LDFLAGS)' -o ../bin/weft-full ./cmd/weft-full

.PHONY: test-extra
test-extra: ## build, test and lint the module in extra/
	@.ci/run --stage extra

.PHONY: test
test: ## all tests that need nothing but this machine
	go test ./...

.PHONY: race
race: ## tests under the race detector, where goroutines meet (needs a C compiler)
	@.ci/run --stage race

.PHONY: test-brokers
test-brokers: ## tests against real brokers, which are installed and started
	@.ci/run --stage brokers

.PHONY: golden
golden: ## rewrite golden files that differ; fails where it did, read the diff
	go test $(shell grep -rl --include='*_test.go' 'weft/internal/golden"' . | xargs -n1 dirname | sort -u) -update

.PHONY: lint
lint: ## linters and formatting, by .golangci.yml
	@.ci/run --stage lint

.PHONY: fmt
fmt: ## format the Go files
	$(TOOL) golangci-lint fmt ./...

.PHONY: generate
generate: ## write what is generated: code, and the linter's copy of the import table
	go generate ./...
	-@go test ./internal/archtest -run TestTheLinterHoldsTheSameTable -update >/dev/null

.PHONY: check-generated
check-generated: ## fail where what is generated is stale
	@.ci/run --stage generated

.PHONY: test-browser
test-browser: ## every page in a real browser (Debian's Chromium, installed where it can be)
	@.ci/run --stage browser

.PHONY: fuzz
fuzz: ## a search at every fuzz target, FUZZTIME each (default 3000x: so many inputs)
	@.ci/run --stage fuzz

.PHONY: bench
bench: build ## journeys beside their peers, as a table; every time goes to .work/bench.txt
	@mkdir -p .work
	go run ./bench -count $(COUNT) -o .work/bench.txt
	go run ./bench/wires
	@[ ! -f .work/bench.old.txt ] || $(TOOL) benchstat .work/bench.old.txt .work/bench.txt

.PHONY: bench-wires
bench-wires: ## every protocol beside the library below it, as ratios; at real brokers too where variables name them
	go run ./bench/wires

.PHONY: bench-peers
bench-peers: ## install the AsyncAPI CLI into .work/peers, to compare with (needs npm)
	npm install --prefix .work/peers --no-audit --no-fund --ignore-scripts @asyncapi/cli@$(PEER_VERSION)

.PHONY: soak
soak: ## an hour of messages over real brokers that are restarted each minute: nothing lost, memory flat
	go run ./bench/soak $(SOAK)

.PHONY: soak-bridge
soak-bridge: ## an hour of a mock, bridges and a consumer, while Kafka is restarted, SQS is cut off and bridges are killed
	go run ./bench/soak bridge $(SOAK)

.PHONY: bench-durable
bench-durable: ## durable steps beside a bare journal, request and reply, and 100,000 runs that wait
	go test ./flow/service -count=1 -timeout 60m -v -run 'Numbers|ManyRuns' -numbers -waiting.runs=100000

.PHONY: bench-temporal
bench-temporal: ## durable steps beside a Temporal development server (built once, ten minutes)
	eval "$$(scripts/brokers up temporal)" && go -C extra test ./temporal -count=1 -v -run Numbers -numbers

.PHONY: crash
crash: ## services that are killed, at each write of each example and at random (KILL=10m: for how long)
	@.ci/run --stage crash

.PHONY: conformance
conformance: ## suites of others: how many pass, how many are known to fail
	@.ci/run --stage conformance

.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities in what we call (needs https://vuln.go.dev)
	@.ci/run --stage vulnerabilities

.PHONY: ci
ci: ## everything that must hold before a change lands
	@.ci/run

.PHONY: release-dry
release-dry: ## build the release into dist/ and publish nothing
	@.ci/run --stage release
