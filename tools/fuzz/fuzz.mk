# SPDX-License-Identifier: GPL-2.0
# make fuzz [TIME=n] [TARGETS="map reply kernel"]: fuzz, n seconds a target

.PHONY: fuzz fuzz-targets

TIME ?= 60
TARGETS ?= $(patsubst tools/fuzz/fuzz_%.c,%,$(wildcard tools/fuzz/fuzz_*.c)) kernel
fuzz: lab
	@tools/fuzz/run --time $(TIME) $(TARGETS)

# What tools/fuzz/run calls for, in the toolbox: the tool without its main(), each
# target, and what they share. Only the names of files that the tool opens are ours.
# That NULL + 0 is NULL every compiler has always known, and C2y says it (N3322).
FUZZ_BUILD := $(BUILD)/fuzz
FUZZ_CFLAGS = $(TOOLS_CFLAGS) -O1 -g -fno-omit-frame-pointer \
	      -fsanitize=address,undefined -fno-sanitize-recover=all \
	      -fno-sanitize=pointer-overflow -Dmain=pmt_main -Dfopen=fuzz_fopen
FUZZ_OBJS := $(patsubst tools/pmt/%.c,$(FUZZ_BUILD)/%.o, \
	       $(wildcard tools/pmt/*.c)) \
	     $(patsubst %,$(FUZZ_BUILD)/%.o,map common store)
FUZZ_TARGETS := $(patsubst tools/fuzz/%.c,$(FUZZ_BUILD)/%, \
		  $(wildcard tools/fuzz/fuzz_*.c))

fuzz-targets: $(FUZZ_TARGETS)

vpath %.c tools/pmt src tools/fuzz

$(FUZZ_BUILD)/%.o: %.c tools/fuzz/fuzz.mk
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# A target that has a file of the tool within itself takes that out of the archive
$(FUZZ_BUILD)/tool.a: $(FUZZ_OBJS)
	llvm-ar rcs $@ $^

$(FUZZ_BUILD)/fuzz_reply: FUZZ_LDFLAGS := -Wl,--wrap=nl_try,--wrap=nl_talk
$(FUZZ_BUILD)/fuzz_batch: FUZZ_LDFLAGS := -Wl,--wrap=poll
$(FUZZ_TARGETS): $(FUZZ_BUILD)/%: $(FUZZ_BUILD)/%.o $(FUZZ_BUILD)/tool.a
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer $(FUZZ_LDFLAGS) -o $@ $^ -lmnl

# This one runs in the debug kernel, for which tools/lab/build makes it.
$(FUZZ_BUILD)/kernel: tools/fuzz/kernel.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CFLAGS) -O2 -o $@ $<

-include $(wildcard $(FUZZ_BUILD)/*.d)
