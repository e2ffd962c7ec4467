#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The table of privileges: the same in pmt.rst and in privilege.sh, and complete.
And: the tests that security.rst names are there. Prints TAP.
"""
import glob
import os
import re
import sys

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TREE, "selftests/scapy"))
from privilege_cases import COMMANDS, TABLE, WAYS  # noqa: E402


def read(path):
	with open(os.path.join(TREE, path), encoding="utf-8") as file:
		return file.read()


def test_table():
	"""pmt.rst has the table that privilege.sh goes by"""
	text = read("Documentation/pmt.rst")
	return [] if "\n\n" + TABLE + "\n" in text else [
		line for line in TABLE.splitlines() if line not in text.splitlines()] or ["other lines, or order"]


def test_commands():
	"""every request of the netlink family is tried in a row"""
	enum = re.search(r"enum pmt_cmd {(.*?)__PMT_CMD_MAX", read("include/uapi/linux/pmt.h"), re.S)[1]
	enum = re.sub(r"/\*.*?\*/", "", enum, flags=re.S)
	names = re.findall(r"PMT_CMD_(\w+)", enum)
	wanted = {name: n for n, name in enumerate(names) if n and not name.endswith("_NTF")}
	tried = {way.command for _, *ways in WAYS.values() for way in ways if hasattr(way, "command")}
	return [f"{name}: not as in the header" for name in wanted.items() ^ COMMANDS.items()] + [
		f"{name}: not tried" for name in wanted if name not in tried]


def test_named():
	"""the tests that security.rst names are there"""
	page = read("Documentation/security.rst")
	# "..." stands for what the program puts in, or for what follows
	sources = "".join(read(path) for path in glob.glob(os.path.join(TREE, "selftests/*.sh"))
			  + glob.glob(os.path.join(TREE, "selftests/scapy/*.py")))
	sources += "".join(f'"{row}: ' for row in WAYS)
	wrong = []
	named = re.findall(r"\| (\w+\.sh)(?:: (.*))?$", page, re.M)
	for program, name in named:
		if not os.path.exists(os.path.join(TREE, "selftests", program)):
			wrong.append(program)
		elif name and (name.startswith("...") or '"' + name.split("...")[0] not in sources):
			wrong.append(f"{program}: {name}")
	return wrong if named else ["it names none"]


def main():
	failed = False
	tests = [test_table, test_commands, test_named]
	print(f"TAP version 13\n1..{len(tests)}")
	for number, test in enumerate(tests, 1):
		wrong = test()
		print(f"{'not ' if wrong else ''}ok {number} {test.__doc__}")
		for line in wrong:
			print("#", line)
		failed |= bool(wrong)
	return failed


if __name__ == "__main__":
	sys.exit(main())
