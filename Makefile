# SPDX-License-Identifier: LGPL-2.1-or-later
# rasd: plain GNU make. `sudo make demo` and `sudo make check` install what they need by themselves.
#   make [VARIANT=release|asan|cov]   build into build/VARIANT
#   make unit | lint | check-integration | check | bench | fuzz FUZZ_SECONDS=n | coverage | install DESTDIR=

VERSION := 0.1.0
VARIANT ?= release
B := build/$(VARIANT)
CC := gcc
PKGS := json-c libevent_core sqlite3 libsystemd inih

WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wcast-qual \
	-Wwrite-strings -Wpointer-arith -Wnull-dereference -Wlogical-op -Wduplicated-cond
HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-strict-overflow -fPIE
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3 $(HARD) -ftrivial-auto-var-init=zero
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_cov := -O0 -g --coverage
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_cov := --coverage

# Asked only when something is compiled: the packages may not be installed yet.
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DRASD_VERSION='"$(VERSION)"' -I. -Ilib -Idaemon $(WARN) \
	$(CFLAGS_$(VARIANT)) $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) -lpthread

LIB_SRC := $(sort $(wildcard lib/*/*.c))
DAEMON_SRC := $(sort $(wildcard daemon/*/*.c))
HELPER_SRC := $(filter-out helper/rasd-pagemap.c,$(sort $(wildcard helper/*.c)))
CLI_SRC := $(sort $(wildcard cli/*.c))
TEST_SRC := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
BINS := $(B)/rasd $(B)/rasd-pagemap $(B)/rasctl
TESTS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(TEST_SRC))

.PHONY: all unit lint check check-run check-integration check-long demo bench fuzz coverage \
	install uninstall clean need-root deps-build
all: $(BINS)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/librasd.a: $(call obj,$(LIB_SRC))
$(B)/libdaemon.a: $(call obj,$(DAEMON_SRC))
$(B)/libhelper.a: $(call obj,$(HELPER_SRC))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/rasd: $(call obj,daemon/rasd.c) $(B)/libdaemon.a $(B)/librasd.a
$(B)/rasd-pagemap: $(call obj,helper/rasd-pagemap.c) $(B)/libhelper.a $(B)/librasd.a
$(B)/rasctl: $(call obj,$(CLI_SRC)) $(B)/librasd.a
$(BINS):
	$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/%: $(B)/obj/tests/unit/%.o $(B)/libdaemon.a $(B)/libhelper.a $(B)/librasd.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# Unit tests run under asan+ubsan.
unit:
	+@$(MAKE) --no-print-directory VARIANT=asan unit-run
.PHONY: unit-run
unit-run: $(BINS) $(TESTS)
	@tests/run-unit $(TESTS)

lint:
	@tools/lint-layers.py
	@/usr/bin/python3 tools/rpcgen.py --check
	@shellcheck -x $(shell git ls-files -co --exclude-standard lab tests bench .ci | xargs grep -lE '^#!.*(bash|sh)$$' 2>/dev/null)
	@mandoc -Tlint -Wwarning man/*.[1-8]

need-root:
	@[ "$$(id -u)" = 0 ] || { echo "error: this makes guests and system users. hint: run 'sudo make $(MAKECMDGOALS)'" >&2; exit 1; }

deps-build:
	@lab/install-deps build

demo: need-root deps-build
	@lab/demo

check: need-root
	@tests/check

check-integration: need-root all
	@tests/check integration

check-long: need-root
	@tests/check long

bench: need-root all
	@bench/run
	@bench/translate-run

FUZZ_SECONDS ?= 15
fuzz:
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_SRC)

coverage:
	+@$(MAKE) --no-print-directory VARIANT=cov unit-run
	@gcov -n $$(find build/cov/obj -name '*.gcda') 2>/dev/null | awk '/^File .(lib|daemon|helper|cli)/{f=$$2} /^Lines/{if(f){print f,$$0;f=""}}'

PREFIX ?= /usr
install: all
	install -D -m755 $(B)/rasd $(DESTDIR)$(PREFIX)/sbin/rasd
	install -D -m755 $(B)/rasctl $(DESTDIR)$(PREFIX)/bin/rasctl
	install -D -m755 $(B)/rasd-pagemap $(DESTDIR)$(PREFIX)/libexec/rasd/rasd-pagemap
	install -d $(DESTDIR)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m644 systemd/*.service systemd/*.socket $(DESTDIR)/lib/systemd/system/
	install -m644 systemd/rasd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/rasd.conf
	[ -e $(DESTDIR)/etc/rasd/rasd.conf ] || install -D -m644 systemd/rasd.conf $(DESTDIR)/etc/rasd/rasd.conf
	for m in man/*.[1-8]; do install -D -m644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m#man/}; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/rasd $(DESTDIR)$(PREFIX)/bin/rasctl $(DESTDIR)$(PREFIX)/libexec/rasd/rasd-pagemap
	for u in systemd/*.service systemd/*.socket; do rm -f $(DESTDIR)/lib/systemd/system/$${u#systemd/}; done
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/rasd.conf
	for m in man/*.[1-8]; do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m#man/}; done

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
