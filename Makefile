# SPDX-License-Identifier: LGPL-2.1-or-later
# rasd: plain GNU make. `sudo make demo` and `sudo make check` install what they need by themselves.
#   make [VARIANT=release|asan|cov]   build into build/VARIANT
#   make unit | sim | lint | check-integration | check | check-long | coverage
#   make coverage-integration | bench | fuzz FUZZ_SECONDS=n | install DESTDIR=
#   make demo GUEST=x86   the same for a q35 guest, with error sources of rasd's own
#   make demo HOST=1    a page of a hypervisor host goes bad: which guest has it?

VERSION := 0.1.0
VARIANT ?= release
B := build/$(VARIANT)
CC := $(if $(filter fuzz,$(VARIANT)),clang,gcc)
PKGS := json-c libevent_core sqlite3 inih expat

WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wcast-qual \
	-Wwrite-strings -Wpointer-arith -Wnull-dereference -Wlogical-op -Wduplicated-cond
# What the CPU checks of calls and returns.
CPU_x86_64 := -fcf-protection
CPU_aarch64 := -mbranch-protection=standard
HARD = -fstack-protector-strong -fstack-clash-protection -fno-strict-overflow -fPIE \
	$(CPU_$(firstword $(subst -, ,$(shell $(CC) -dumpmachine))))
CFLAGS_release = -O2 -g -D_FORTIFY_SOURCE=3 $(HARD) -ftrivial-auto-var-init=zero
CFLAGS_asan := -O1 -g -DRASD_FAILPOINTS -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
CFLAGS_cov := -O0 -g -DRASD_FAILPOINTS --coverage -fprofile-update=prefer-atomic
CFLAGS_fuzz := -O1 -g -DRASD_FUZZ -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -w
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_cov := --coverage

# Asked only when something is compiled: the packages may not be installed yet.
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DRASD_VERSION='"$(VERSION)"' -I. -Ilib -Idaemon \
	$(if $(filter fuzz,$(VARIANT)),,$(WARN)) \
	$(CFLAGS_$(VARIANT)) $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) -lpthread
BPF_LIBS = $(shell pkg-config --libs libbpf)
# A second opinion of one test; rasd does not use it.
$(B)/tests/test_trace_format $(B)/obj/tests/unit/test_trace_format.o: PKGS += libtraceevent

LIB_SRC := $(sort $(wildcard lib/*/*.c lib/*/*/*.c))
DAEMON_SRC := $(sort $(wildcard daemon/*/*.c daemon/*/*/*.c))
HELPER_SRC := $(filter-out helper/rasd-pagemap.c,$(sort $(wildcard helper/*.c)))
CLI_SRC := $(sort $(wildcard cli/*.c cli/*/*.c cli/*/*/*.c))
TEST_SRC := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
SIM_SRC := $(sort $(wildcard tests/sim/*.c))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
BINS := $(B)/rasd $(B)/rasd-pagemap $(B)/rasctl
TRIGGER := $(B)/rasd-trigger
TESTS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(TEST_SRC))

# Keep objects that only a test or a fuzzer needs.
.SECONDARY:
.PHONY: all unit lint check check-run check-integration check-long demo bench fuzz \
	coverage coverage-integration \
	install install-build install-files install-librascper-files uninstall clean need-root \
	deps-build
all: $(BINS) $(TRIGGER)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Taken in by the assembler, whose files the compiler does not list.
$(call obj,daemon/control/rpc_document.c): daemon/control/rpc_document.json

$(B)/librasd.a: $(call obj,$(LIB_SRC))
$(B)/libdaemon.a: $(call obj,$(DAEMON_SRC))
$(B)/libhelper.a: $(call obj,$(HELPER_SRC))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

# librascper: lib/cper and the JSON writer, for others; needs nothing but libc. Always optimized.
CPER_MAJOR := 1
CPER_SRC := $(sort $(wildcard lib/cper/*.c lib/cper/section/*.c lib/cperform/*.c \
	lib/cperjson/write*.c) lib/cperjson/out.c lib/cperjson/words.c)
CPER_HEADERS := lib/cper/cper.h lib/cper/sections.h lib/cper/fields.h lib/cper/record.h \
	lib/cper/scan.h lib/cperform/form.h lib/cperjson/writer.h
CPER_OBJ := $(patsubst %.c,build/librascper/%.o,$(CPER_SRC))
build/librascper/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -Ilib $(WARN) $(filter-out -fPIE,$(CFLAGS_release)) -fPIC \
		$(CFLAGS) -MMD -MP -c -o $@ $<
build/librascper/librascper.a: $(CPER_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
build/librascper/librascper.so.$(CPER_MAJOR): $(CPER_OBJ) lib/cper/librascper.map
	$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=lib/cper/librascper.map \
		-Wl,-z,relro,-z,now -Wl,-z,noexecstack,-z,defs $(LDFLAGS) -o $@ $(CPER_OBJ)
.PHONY: librascper install-librascper uninstall-librascper bench-cper man-fields
librascper: build/librascper/librascper.a build/librascper/librascper.so.$(CPER_MAJOR)

$(B)/rasd: $(call obj,daemon/rasd.c) $(B)/libdaemon.a $(B)/librasd.a
$(B)/rasd-pagemap: $(call obj,helper/rasd-pagemap.c) $(B)/libhelper.a $(B)/librasd.a
$(B)/rasctl: $(call obj,$(CLI_SRC)) $(B)/librasd.a
$(BINS):
	$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS) \
		$(if $(filter %/rasd-pagemap,$@),$(BPF_LIBS))

$(B)/tests/%: $(B)/obj/tests/unit/%.o $(B)/libdaemon.a $(B)/libhelper.a $(B)/librasd.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) $(WRAP) -o $@ $(FIRST) $(filter-out $(FIRST),$^) \
		$(LIBS) $(BPF_LIBS) -lcmocka
# The simulation's clock and loop: before the archives, which have the real ones.
VIRTUAL_TIME := $(call obj,tests/sim/loop.c tests/sim/world.c)
$(B)/tests/test_storm $(B)/fuzz_events: $(VIRTUAL_TIME)
$(B)/tests/test_storm $(B)/fuzz_events: FIRST := $(VIRTUAL_TIME)
# Its time is the test's.
$(B)/tests/test_live_rasctl: WRAP := -Wl,--wrap=pthread_cond_timedwait
$(B)/tests/test_log: WRAP := -Wl,--wrap=clock_mono_ns
$(B)/tests/test_live_idle: WRAP := -Wl,--wrap=event_add
# Memory that rasd's own code asks for, not that of libraries, may be refused by the test.
$(B)/tests/test_nomem: WRAP := -Wl,--wrap=malloc,--wrap=calloc

# rasdaemon waits for it: nothing but libc, which every process of the host has in memory.
$(TRIGGER): trigger/rasd-trigger.c daemon/sources/trigger/wire.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -I. $(WARN) $(CFLAGS_release) $(CFLAGS) \
		$(LDFLAGS_release) $(LDFLAGS) -o $@ $<

# Unit tests run under asan+ubsan.
unit:
	+@$(MAKE) --no-print-directory VARIANT=asan unit-run
.PHONY: unit-run
unit-run: $(BINS) $(TRIGGER) $(TESTS)
	@tests/run-unit $(TESTS)

# The simulation: its objects stand in for libevent, the clock, the monitors, rasd-pagemap, the
# journal's thread and the list of processes, so they come before the archives.
SIM_SEEDS ?= 40
SIM_LIBS = $(filter-out -levent_core,$(LIBS))
$(B)/sim: $(call obj,$(SIM_SRC)) $(B)/libdaemon.a $(B)/librasd.a
	$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(SIM_LIBS)
.PHONY: sim sim-run
sim:
	+@$(MAKE) --no-print-directory VARIANT=asan sim-run
sim-run: $(B)/sim
	@$(B)/sim --seeds $(SIM_SEEDS) --jobs $$(nproc)

lint:
	@tools/lint-layers.py
	@tools/shape.py
	@/usr/bin/python3 tools/rpcgen.py --check
	@shellcheck -x $$(git ls-files -co --exclude-standard lab tests bench .ci | \
		xargs grep -lE '^#!.*(bash|sh)$$' 2>/dev/null)
	@mandoc -Tlint -Wwarning man/*.[1-8]

need-root:
	@[ "$$(id -u)" = 0 ] || { echo "error: this makes guests and system users." \
		"hint: run 'sudo make $(MAKECMDGOALS)'" >&2; exit 1; }

deps-build:
	@lab/install-deps build

demo: need-root deps-build
	@lab/demo$(if $(HOST),-host)

check: need-root
	@tests/check

check-integration: need-root
	@$(MAKE) --no-print-directory all
	@tests/check integration

check-long: need-root
	@tests/check long

bench: need-root all
	@bench/run

FUZZ_SECONDS ?= 15
fuzz:
	+@$(MAKE) --no-print-directory -j2 VARIANT=fuzz fuzz-run
.PHONY: fuzz-run
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/%,$(FUZZ_SRC))
fuzz-run: $(FUZZERS)
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)
$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/libdaemon.a $(B)/libhelper.a $(B)/librasd.a
	$(CC) -fsanitize=fuzzer,address,undefined -o $@ $(FIRST) $(filter-out $(FIRST),$^) \
		$(LIBS) $(BPF_LIBS)

# Lines that the unit tests, the simulation and rasctl's tests without guests run, by room. A test
# that fails does not stop it.
COV_OFFLINE := tests/integration/test_rasctl_offline.py tests/integration/test_rasctl_record.py \
	tests/integration/test_rasctl_sections.py tests/integration/test_rasctl_forms.py \
	tests/integration/test_rasctl_pieces.py
coverage:
	+@rc=0; find build/cov -name '*.gcda' -delete 2>/dev/null; \
	$(MAKE) --no-print-directory VARIANT=cov all || exit 1; \
	dir=$$(mktemp -d) && tools/coverage.py --prepare $$dir || exit 1; \
	export GCOV_PREFIX=$$dir; \
	RASD_PAGEMAP=build/cov/rasd-pagemap $(MAKE) --no-print-directory VARIANT=cov unit-run || \
		rc=1; \
	if [ -d tests/sim ]; then $(MAKE) --no-print-directory VARIANT=cov sim-run || rc=1; fi; \
	RASD_BUILD=build/cov tests/integration/run -j 1 $(COV_OFFLINE) || rc=1; \
	cp -r $$dir$(CURDIR)/build/cov/obj/. build/cov/obj/ || rc=1; rm -rf $$dir; \
	tools/coverage.py --bars "unit tests and simulation" || rc=1; \
	[ $$rc = 0 ] || echo "coverage: a test failed or a room is under its bar, see above" >&2; \
	exit $$rc

# What the integration tests run, in a table of its own. It needs root and the lab.
# RUN="test_kill.py -k name" selects.
coverage-integration: need-root
	+@$(MAKE) --no-print-directory VARIANT=cov all
	@rc=0; dir=$$(mktemp -d) && tools/coverage.py --prepare $$dir || exit 1; \
	RASD_BUILD=build/cov GCOV_PREFIX=$$dir tests/check integration $(RUN) || rc=1; \
	tools/coverage.py "integration tests" $$dir || rc=1; rm -rf $$dir; exit $$rc

# make bench-cper [LIBCPER=/path/libcper-parse.so]: lib/cper against a built libcper, or alone.
bench-cper: $(B)/librasd.a
	@mkdir -p build/bench
	$(CC) -O2 -std=gnu11 -D_GNU_SOURCE -Ilib -I. -o build/bench/cper \
		bench/cper.c bench/cper_jobs.c bench/alloc.c bench/tool.c $< $(LIBS) -ldl
	@build/bench/cper $(LIBCPER)

# The field tables of man/cper-fields.5 come from lib/cper's; a unit test compares them.
man-fields: $(B)/librasd.a
	@mkdir -p build/tools
	$(CC) -std=gnu11 -D_GNU_SOURCE -Ilib -o build/tools/cperdoc tools/cperdoc.c $<
	build/tools/cperdoc >man/cper-fields.5

PREFIX ?= /usr
LIBDIR ?= $(PREFIX)/lib
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/$(if \
	$(filter /usr,$(PREFIX)),vendor-completions,site-functions)
install-librascper: librascper
	@$(MAKE) --no-print-directory install-librascper-files

install-librascper-files:
	install -D -m644 build/librascper/librascper.a $(DESTDIR)$(LIBDIR)/librascper.a
	install -D -m755 build/librascper/librascper.so.$(CPER_MAJOR) \
		$(DESTDIR)$(LIBDIR)/librascper.so.$(CPER_MAJOR)
	ln -sf librascper.so.$(CPER_MAJOR) $(DESTDIR)$(LIBDIR)/librascper.so
	for h in $(CPER_HEADERS); do \
		install -D -m644 $$h $(DESTDIR)$(PREFIX)/include/rascper/$${h#lib/} || exit 1; done
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@VERSION@,$(VERSION),' \
		lib/cper/librascper.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/librascper.pc

uninstall-librascper:
	rm -f $(DESTDIR)$(LIBDIR)/librascper.a $(DESTDIR)$(LIBDIR)/librascper.so \
		$(DESTDIR)$(LIBDIR)/librascper.so.$(CPER_MAJOR)
	rm -rf $(DESTDIR)$(PREFIX)/include/rascper $(DESTDIR)$(LIBDIR)/pkgconfig/librascper.pc

# Units are made for /usr. `placed` copies a file with the paths that things have under PREFIX.
UNITDIR ?= $(PREFIX)/lib/systemd/system
# polkit before 124 looks for rules in no other place.
POLKITDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/share,/etc)/polkit-1/rules.d
UNITS := $(wildcard systemd/*.service systemd/*.socket systemd/*.timer)
PAGES := $(wildcard man/*.[1-8])
page_place = $(PREFIX)/share/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
placed = install -d $(DESTDIR)$(dir $(2)) && \
	sed -E 's,/usr/((sbin|libexec|share|lib/tmpfiles.d)/rasd|bin/rasctl),$(PREFIX)/\1,g' \
		$(1) >$(DESTDIR)$(2) && chmod 644 $(DESTDIR)$(2)

install: install-build
	@$(MAKE) --no-print-directory install-files
	@$(if $(DESTDIR),:,tools/installed)

# As root in somebody else's tree: its owner builds, so that root leaves nothing in it.
install-build:
	+@owner=$$(stat -c %u .); as=; \
	if [ "$$(id -u)" = 0 ] && [ "$$owner" != 0 ]; then \
		as="setpriv --reuid=$$owner --regid=$$(stat -c %g .) --clear-groups env -u HOME"; \
	fi; \
	$$as $(MAKE) --no-print-directory all librascper && exit; \
	[ -z "$$(find build ! -uid "$$owner" -print -quit 2>/dev/null)" ] || \
		echo "error: build/ has files of another user. hint: delete build/" >&2; \
	exit 1

# Copies what was built.
install-files: install-librascper-files
	install -D -m755 $(B)/rasd $(DESTDIR)$(PREFIX)/sbin/rasd
	install -D -m755 $(B)/rasctl $(DESTDIR)$(PREFIX)/bin/rasctl
	install -D -m755 $(B)/rasd-pagemap $(DESTDIR)$(PREFIX)/libexec/rasd/rasd-pagemap
	install -D -m755 $(TRIGGER) $(DESTDIR)$(PREFIX)/libexec/rasd/rasd-trigger
	@$(foreach f,rasd.conf rasd-trigger.env,\
		$(call placed,contrib/rasdaemon/$(f),$(PREFIX)/share/rasd/$(f)) &&) :
	@$(foreach u,$(UNITS),$(call placed,$(u),$(UNITDIR)/$(notdir $(u))) &&) :
	install -D -m644 systemd/rasd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/rasd.conf
	install -D -m644 systemd/rasd.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/rasd.catalog
	install -D -m644 systemd/rasd.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/rasd.conf
	install -D -m644 contrib/polkit/60-rasd.rules $(DESTDIR)$(POLKITDIR)/60-rasd.rules
	[ -e $(DESTDIR)/etc/rasd/rasd.conf ] || \
		install -D -m644 systemd/rasd.conf $(DESTDIR)/etc/rasd/rasd.conf
	install -d $(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS)
	$(B)/rasctl completion bash >$(DESTDIR)$(BASH_COMPLETIONS)/rasctl
	$(B)/rasctl completion zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_rasctl
	@$(foreach m,$(PAGES),$(call placed,$(m),$(call page_place,$(m))) &&) :

# Ends what runs before its files go. Configuration, journal and users stay.
uninstall: uninstall-librascper
	$(if $(DESTDIR),,tools/installed --stop $(notdir $(UNITS)))
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,sbin/rasd bin/rasctl \
		lib/sysusers.d/rasd.conf lib/tmpfiles.d/rasd.conf \
		lib/systemd/catalog/rasd.catalog) \
		$(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITS))) \
		$(foreach m,$(PAGES),$(DESTDIR)$(call page_place,$(m))) \
		$(DESTDIR)$(BASH_COMPLETIONS)/rasctl $(DESTDIR)$(ZSH_COMPLETIONS)/_rasctl \
		$(DESTDIR)$(POLKITDIR)/60-rasd.rules
	rm -rf $(DESTDIR)$(PREFIX)/libexec/rasd $(DESTDIR)$(PREFIX)/share/rasd
	@$(if $(DESTDIR),:,tools/installed --removed)

clean:
	rm -rf build

# build/host is another system's: lab/build-host.
-include $(shell find build -path build/host -prune -o -name '*.d' -type f -print 2>/dev/null)
