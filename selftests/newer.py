#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""newer.py TREE COPY: make the next release of TREE in COPY, for versions.sh.

It is this one with one more of everything that the protocol may grow by: an option of
a device, attributes of rules and of messages, an action, a counter, a health and an
event. Each is added as a release would: at the end of its list.
"""
import re
import shutil
import sys
from pathlib import Path

UAPI = "include/uapi/linux/"
# file: what to put before the first match of what
ADD = {
	UAPI + "pmt.h": (
		(r"\t__IFLA_PMT_MAX,", "\tIFLA_PMT_NEWER,\n"),
		(r"\t__PMT_RULE_MAX,", "\tPMT_RULE_NEWER,\n"),
		(r"\t__PMT_ACTION_MAX,", "\tPMT_ACTION_NEWER,\n"),
		(r"\t__PMT_A_MAX,", "\tPMT_A_NEWER,\n"),
		(r"\t__PMT_CMD_MAX,", "\tPMT_CMD_NEWER_NTF,\n"),
		(r"(?<=\tPMT_HEALTH_NO_RULE,)\n", "\n\tPMT_HEALTH_NEWER,"),
	),
	UAPI + "pmt_counters.h": (
		(r"\Z", 'PMT_COUNTER(NEWER, "newer", "R1",\n\t    "what is new")\n'),
	),
	"src/rtnl.c": (
		(r"\};\n\nstatic const struct pmt_opts pmt_defaults",
		 "\t[IFLA_PMT_NEWER] = { .type = NLA_U8 },\n"),
		(r"nla_total_size\(sizeof\(s32\)\) \+", "nla_total_size(sizeof(u8)) + "),
		(r"nla_put_s32\(skb, IFLA_PMT_LINK", "nla_put_u8(skb, IFLA_PMT_NEWER, 7) || "),
	),
	"src/rule.c": (
		(r"nla_put_in6_addr\(skb, PMT_RULE_PROVIDER,", "nla_put_u8(skb, PMT_RULE_NEWER, 7) || "),
		(r"nla_total_size\(", "nla_total_size(sizeof(u8)) + "),
	),
	"src/genl.c": (
		(r"nla_put_u32\(skb, PMT_A_IFINDEX, dev", "nla_put_u32(skb, PMT_A_NEWER, 7) || "),
		(r"nla_put_u32\(skb, PMT_A_REASON,", "nla_put_u32(skb, PMT_A_NEWER, 7) || "),
	),
	"tools/pmt/words_link.c": (
		(r"\};\n\n#define N_OPTIONS", '\t[IFLA_PMT_NEWER] = { "newer", NUMBER8, 0, 255 },\n'),
		(r"(?<=\"no-rule\",)\n", '\n\t[PMT_HEALTH_NEWER] = "newer",'),
	),
	"tools/pmt/words_policy.c": (
		(r"(?<=\"pass\",)\n", '\n\t[PMT_ACTION_NEWER] = "newer",'),
	),
}
# file: what to put in the place of what, all of them
CHANGE = {
	# whose lower device is down has another health, and says so in another event
	"src/device.c": ((r"return PMT_HEALTH_LOWER_DOWN;", "return PMT_HEALTH_NEWER;"),),
	"src/genl.c": (
		(r"&pmt_family, 0, PMT_CMD_HEALTH_NTF",
		 "&pmt_family, 0,\n\t\t\t  pmt->health == PMT_HEALTH_NEWER ?\n"
		 "\t\t\t  PMT_CMD_NEWER_NTF : PMT_CMD_HEALTH_NTF"),
		(r"reason = PMT_NOMAP;", "reason = PMT_NEWER;"),
	),
	# what no rule holds is dropped for another reason
	"src/validate.c": (
		(r"(?<=ICMPV6_NOROUTE;\n\t\treturn )reason;", "PMT_NEWER;"),
	),
}


def edit(path, pattern, text, count):
	old = path.read_text()
	new, n = re.subn(pattern, lambda match: text(match.group()), old, count=count)
	if not n:
		sys.exit("newer.py: %s has no '%s'" % (path, pattern))
	path.write_text(new)


def main(tree, copy):
	shutil.rmtree(copy, ignore_errors=True)
	copy.mkdir(parents=True)
	for name in "include", "src", "tools", "Kbuild", "Makefile", "VERSION":
		source = tree / name
		if source.is_dir():
			shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("*.o", "*.cmd"))
		else:
			shutil.copy(source, copy / name)
	with open(copy / "VERSION", "r+", encoding="ascii") as version:
		now = version.read().strip()
		version.seek(0)
		version.write(now + "+next\n")
	for name, edits in ADD.items():
		for pattern, text in edits:
			edit(copy / name, pattern, lambda old, text=text: text + old, 1)
	for name, edits in CHANGE.items():
		for pattern, text in edits:
			edit(copy / name, pattern, lambda old, text=text: text, 0)


if __name__ == "__main__":
	main(Path(sys.argv[1]), Path(sys.argv[2]))
