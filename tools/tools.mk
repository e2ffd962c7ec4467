# SPDX-License-Identifier: GPL-2.0
# The tool `pmt` and the plugin of `ip`, for the top Makefile to include.
# Overridable: CC CPPFLAGS CFLAGS LDFLAGS DESTDIR PREFIX IP_LIB_DIR BUILD

BUILD ?= build
PREFIX ?= /usr/local
PMT_VERSION := $(shell cat VERSION)

TOOLS_BUILD := $(BUILD)/tools
TOOLS_CFLAGS = -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
	       -Wno-missing-field-initializers \
	       -Iinclude -Isrc -Itools/pmt -D_GNU_SOURCE \
	       -DPMT_VERSION='"$(PMT_VERSION)"' $(CPPFLAGS) $(or $(CFLAGS),-O2 -g)

# Where `ip` looks for its plugins: Debian's folder for the architecture, or
# lib64 where there is one
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
IP_LIB_DIR ?= /usr/$(if $(MULTIARCH),lib/$(MULTIARCH),$(notdir $(firstword \
	      $(wildcard /usr/lib64) /usr/lib)))/ip

PMT_OBJS := $(patsubst tools/pmt/%.c,$(TOOLS_BUILD)/%.o, \
	      $(wildcard tools/pmt/*.c)) $(TOOLS_BUILD)/map.o
PLUGIN_OBJS := $(patsubst %,$(TOOLS_BUILD)/plugin/%.o, \
		 link_pmt words words_rule words_link)

.PHONY: tools plugin tools-install tools-clean
tools: $(TOOLS_BUILD)/pmt
plugin: $(TOOLS_BUILD)/link_pmt.so

$(TOOLS_BUILD)/pmt: $(PMT_OBJS)
	$(CC) $(TOOLS_CFLAGS) $(LDFLAGS) -o $@ $^ -lmnl

# Names of ours are hidden, or those of `ip` would take their place
$(TOOLS_BUILD)/link_pmt.so: $(PLUGIN_OBJS)
	$(CC) $(TOOLS_CFLAGS) $(LDFLAGS) -shared -Wl,-z,lazy -o $@ $^ -lmnl

$(TOOLS_BUILD)/%.o: tools/pmt/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CFLAGS) -MMD -MP -c -o $@ $<

$(TOOLS_BUILD)/map.o: src/map.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CFLAGS) -MMD -MP -c -o $@ $<

$(TOOLS_BUILD)/plugin/%.o: tools/pmt/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(TOOLS_BUILD)/plugin/%.o: tools/iproute2/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

-include $(PMT_OBJS:.o=.d) $(PLUGIN_OBJS:.o=.d)

tools-install: tools plugin
	install -D -m 755 $(TOOLS_BUILD)/pmt $(DESTDIR)$(PREFIX)/bin/pmt
	install -D -m 644 $(TOOLS_BUILD)/link_pmt.so \
		$(DESTDIR)$(IP_LIB_DIR)/link_pmt.so
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 tools/man/*.8
	install -D -m 644 tools/completion/pmt \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pmt
	install -D -m 755 tools/quick/pmt-quick \
		$(DESTDIR)$(PREFIX)/bin/pmt-quick
	install -D -m 755 tools/quick/pmt-announce \
		$(DESTDIR)$(PREFIX)/bin/pmt-announce
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system \
		tools/quick/pmt-quick@.service tools/quick/pmt-announce@.service
	install -D -m 644 tools/quick/pmt.network \
		$(DESTDIR)$(PREFIX)/lib/systemd/network/05-pmt.network
	install -D -m 644 tools/quick/pmt.conf \
		$(DESTDIR)/usr/lib/NetworkManager/conf.d/pmt.conf
	install -D -m 644 tools/quick/pmt0.conf \
		$(DESTDIR)$(PREFIX)/share/doc/pmt/examples/pmt0.conf

tools-clean:
	rm -rf $(TOOLS_BUILD)
