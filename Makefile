# make          build build/git-race-audit, nothing else
# make run      install what is missing, build, audit REPO and RANGE (or a demo), say where to read
# make test     install what is missing, build with sanitizers, run every test
# make install  PREFIX=/usr/local, DESTDIR=
#
# Sources are found by wildcard: a new file needs no line here. Objects live in build/ and, for
# each sanitizer variant (SAN=address,undefined or SAN=thread), in a folder of it.

PREFIX ?= /usr/local
CC     ?= cc
CFLAGS ?= -O2 -g
WERROR ?= 1
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
REPO   ?=
RANGE  ?=
TESTS  ?= *

# What is linked, as <pkg-config name>:<Debian package>.
LIBRARIES := libgit2:libgit2-dev libpcre2-8:libpcre2-dev inih:libinih-dev md4c:libmd4c-dev \
	md4c-html:libmd4c-html0-dev jansson:libjansson-dev libmd:libmd-dev sqlite3:libsqlite3-dev
TEST_LIBRARIES := cmocka:libcmocka-dev

name    = $(firstword $(subst :, ,$1))
package = $(word 2,$(subst :, ,$1))
LIBRARY_NAMES := $(foreach l,$(LIBRARIES),$(call name,$l))
PACKAGES      := gcc libc6-dev pkg-config $(foreach l,$(LIBRARIES),$(call package,$l))
TEST_PACKAGES := $(foreach l,$(TEST_LIBRARIES),$(call package,$l)) git bats cmark-gfm
# The last one that runs on the node of Debian 12.
MARKDOWNLINT  := markdownlint-cli2@0.17.2

VARIANT := $(if $(SAN),$(if $(findstring thread,$(SAN)),tsan,san))
O       := build$(addprefix /,$(VARIANT))
PROGRAM := $(O)/git-race-audit

CORE_SOURCES := $(wildcard core/*.c core/*/*.c)
CMD_SOURCES  := $(wildcard cmd/*.c)
UNIT_SOURCES := $(wildcard tests/unit/$(TESTS).c)
CORE_OBJECTS := $(CORE_SOURCES:%.c=$(O)/%.o)
CMD_OBJECTS  := $(CMD_SOURCES:%.c=$(O)/%.o)
UNIT_TESTS   := $(UNIT_SOURCES:%.c=$(O)/%)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wwrite-strings -Wformat=2 $(if $(filter 1,$(WERROR)),-Werror)
# What `make test` builds with; as an argument of a make function its comma would part it.
SANITIZERS := address,undefined

# Fortified sources hide from the address sanitizer what it is there to see.
HARDENED := -fstack-protector-strong -fPIE $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
PKG_CFLAGS := $(shell pkg-config --cflags $(LIBRARY_NAMES) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(LIBRARY_NAMES) 2>/dev/null)
BUILD_CFLAGS  := -std=gnu11 $(WARNINGS) $(HARDENED) -MMD -MP -I. $(PKG_CFLAGS) $(CFLAGS) $(SANITIZE)
BUILD_LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--build-id=sha1 $(LDFLAGS) $(SANITIZE)

say = @printf '  %-5s %s\n' "$1" "$2"
Q   = $(if $(V),,@)

.PHONY: all run test check unit pages lint accept install deps test-deps browser libraries clean
.DELETE_ON_ERROR:
.SECONDARY:
all: $(PROGRAM)

# -- building --------------------------------------------------------------------------------

$(PROGRAM): $(CMD_OBJECTS) $(O)/core.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(BUILD_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/core.a: $(CORE_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/%.o: %.c | libraries
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BUILD_CFLAGS) -c -o $@ $<

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/core.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(BUILD_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka

-include $(CORE_OBJECTS:.o=.d) $(CMD_OBJECTS:.o=.d) $(UNIT_TESTS:=.d)

# Name each missing library's package, before the compiler names a header.
libraries:
	@command -v pkg-config >/dev/null || { \
		echo "error: pkg-config is missing; install what is needed with:" >&2; \
		echo "    sudo apt-get install $(PACKAGES)" >&2; exit 1; }
	@pkg-config --exists $(LIBRARY_NAMES) || { missing=; \
		for l in $(LIBRARIES); do pkg-config --exists "$${l%%:*}" || { \
			echo "error: library '$${l%%:*}' is missing (Debian package '$${l#*:}')" >&2; \
			missing="$$missing $${l#*:}"; }; done; \
		echo "install with: sudo apt-get install$$missing" >&2; \
		echo "or let 'make deps' do so" >&2; exit 1; }

# -- installing what is missing --------------------------------------------------------------

# Usage: $(call install-packages,<packages>)
define install-packages
	@missing=; for p in $1; do \
		dpkg-query -W -f '$${Status}' "$$p" 2>/dev/null | grep -q '^install ok installed$$' || \
			missing="$$missing $$p"; done; \
	[ -n "$$missing" ] || exit 0; \
	root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	install="$$root apt-get install -y --no-install-recommends$$missing"; \
	echo "$$install"; $$install || { $$root apt-get update && $$install; }
endef

deps:
	$(call install-packages,$(PACKAGES))

test-deps: deps
	$(call install-packages,$(TEST_PACKAGES) $(if $(shell command -v npm),,npm))
	@command -v chromium >/dev/null || $(MAKE) --no-print-directory browser || \
		echo "*** chromium cannot be installed: no HTML page will be opened by the tests" >&2
	@[ -x build/npm/node_modules/.bin/markdownlint-cli2 ] || \
		npm install --prefix build/npm --no-save --no-package-lock --no-audit --no-fund \
			--loglevel=error $(MARKDOWNLINT)

browser:
	$(call install-packages,chromium)

# -- running ---------------------------------------------------------------------------------

run: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@tests/demo/run.sh $(PROGRAM) "$(REPO)" "$(RANGE)"

# -- testing ---------------------------------------------------------------------------------

test: test-deps
	@$(MAKE) --no-print-directory -j$(JOBS) check SAN=$(or $(SAN),$(SANITIZERS))

check: all $(UNIT_TESTS)
	@tests/run.sh $(O)

# Only the unit programs, or one of them: make unit TESTS=lex
unit: $(UNIT_TESTS)
	@for t in $(UNIT_TESTS); do echo "$$t"; $$t || exit 1; done

# Only the HTML pages in a browser.
pages: all
	@tests/pages/run.sh $(PROGRAM)

lint:
	@tests/lint/layers.sh
	@tests/lint/markdown.sh

# Rewrite what the golden tests expect; read the diff before you commit it.
accept: all
	@tests/golden/run.sh --accept $(PROGRAM)

# -- installing ------------------------------------------------------------------------------

SHARE := $(DESTDIR)$(PREFIX)/share/git-race-audit

install: all
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(SHARE)" "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -m 755 $(PROGRAM) "$(DESTDIR)$(PREFIX)/bin/git-race-audit"
	install -m 644 config.ini "$(SHARE)/config.ini"
	rm -rf "$(SHARE)/patterns" "$(SHARE)/templates"
	cp -R patterns templates "$(SHARE)/"
	install -m 644 docs/git-race-audit.1 "$(DESTDIR)$(PREFIX)/share/man/man1/git-race-audit.1"

clean:
	rm -rf build race-audit
