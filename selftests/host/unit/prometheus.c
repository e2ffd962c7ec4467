// SPDX-License-Identifier: GPL-2.0
/*
 * `pmt stats prometheus` with the fuzzers' stand-in for the module, without the module:
 * "metrics" prints what it does, "label" how it quotes.
 */
#include <unistd.h>

#include "../../../tools/fuzz/fuzz.h"
#include "../../../tools/pmt/prometheus.c"

#undef main

static const char lines[] =
	"link set pmt0 up\n"
	"rule add dev pmt0 provider 2001:db8::/32\n"
	"rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3\n";

int main(int argc, char **argv)
{
	bool metrics = argc > 1 && !strcmp(argv[1], "metrics");

	fuzz_request = store_request;
	store_reset();
	fuzz_input(lines, sizeof(lines) - 1);
	CHECK(!fuzz_run(NULL));
	if (metrics) {
		CHECK(!fuzz_run("stats prometheus"));
	} else {
		fuzz_begin();
		line("pmt_test");
		label("quoted", "back\\slash \"quotes\" new\nline");
		label("none", "");
		label("bytes", "caf\xc3\xa9 \xff {}=,");
		value(18446744073709551615ULL);
		line("pmt_bare");
		value(0);
		fuzz_end();
	}
	return write(STDOUT_FILENO, fuzz_out.text, fuzz_out.len) < 0;
}
