#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Documentation/netlink/specs/pmt.yaml held against include/uapi/linux/pmt.h.

The C compiler tells the header's names and values, so nothing here parses C but
the search for names. Prints TAP. With KSRC= a kernel's sources, the spec is also
validated against their schema, and loaded by their ynl library.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

import yaml

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SPEC = os.path.join(TREE, "Documentation/netlink/specs/pmt.yaml")
HEADER = os.path.join(TREE, "include/uapi/linux/pmt.h")
KSRC = os.environ.get("KSRC", "")

# Enums whose C names leave the enum's own name out
ENUM_PREFIX = {"counter": "pmt-"}
# Enums of the header that only rtnetlink uses
ROUTE_ONLY = ("ecn", "df", "to2002", "health")


def c_name(text):
	return text.upper().replace("-", "_")


def numbered(items, start):
	"""(name, value) of a list, each value one more than the last unless given"""
	value = start - 1
	for item in items:
		if isinstance(item, str):
			item = {"name": item}
		value = item.get("value", value + 1)
		yield item["name"], value


def spec_names(spec):
	"""C names and values that a code generator would take from the spec"""
	names = {}
	for item in spec["definitions"]:
		if item["type"] == "const":
			names[c_name("pmt-" + item["name"])] = item["value"]
			continue
		prefix = ENUM_PREFIX.get(item["name"], f"pmt-{item['name']}-")
		for name, value in numbered(item["entries"], 0):
			names[c_name(prefix + name)] = value
	for space in spec["attribute-sets"]:
		prefix = space.get("name-prefix", f"pmt-{space['name']}-")
		for name, value in numbered(space["attributes"], 1):
			names[c_name(prefix + name)] = value
	prefix = spec["operations"]["name-prefix"]
	for name, value in numbered(spec["operations"]["list"], 1):
		names[c_name(prefix + name)] = value
	return names


def header_names():
	"""Enumerators of the header and their values, as the compiler sees them"""
	flags = ["-I", os.path.join(TREE, "include"), "-x", "c"]
	cc = os.environ.get("CC", "cc").split()
	text = subprocess.run(cc + ["-E", "-P"] + flags + [HEADER], check=True,
			      capture_output=True, text=True).stdout
	names = []
	for body in re.findall(r"\benum\s*\w*\s*{([^}]*)}", text):
		names += re.findall(r"\b(PMT_\w+)", body)
	names.append("PMT_RULES_MAX")
	lines = "".join(f'printf("%s %ld\\n", "{n}", (long){n});\n' for n in names)
	with tempfile.TemporaryDirectory() as tmp:
		program = os.path.join(tmp, "names")
		subprocess.run(cc + flags + ["-o", program, "-"], check=True, text=True,
			       input=f'#include <stdio.h>\n#include "{HEADER}"\n'
				     f"int main(void)\n{{\n{lines}return 0;\n}}\n")
		out = subprocess.run([program], check=True, capture_output=True,
				     text=True).stdout
	return {name: int(value) for name, value in
		(line.split() for line in out.splitlines())}


def test_names(spec):
	"""every name of the spec is in the header, with that value"""
	header = header_names()
	return [f"{name} = {value}, in the header {header.get(name)}"
		for name, value in spec_names(spec).items()
		if header.get(name) != value]


def test_complete(spec):
	"""the spec leaves out nothing of the header"""
	known = spec_names(spec)
	skip = tuple(c_name(f"pmt-{enum}-") for enum in ROUTE_ONLY)
	return [name for name in header_names()
		if name not in known and not name.startswith(skip) and
		not name.endswith("_UNSPEC")]


def test_family(spec):
	"""family, header and multicast group are called what the header says"""
	with open(HEADER, encoding="utf-8") as file:
		text = file.read()
	wanted = {"PMT_GENL_NAME": spec["name"],
		  "PMT_GENL_MCGRP_CONFIG": spec["mcast-groups"]["list"][0]["name"]}
	wrong = [name for name, value in wanted.items()
		 if not re.search(rf'#define {name}\s+"{value}"', text)]
	if spec["uapi-header"] != "linux/pmt.h":
		wrong.append("uapi-header")
	return wrong


def test_references(spec):
	"""attribute sets, enums and attributes that the spec names exist in it"""
	sets = {s["name"]: {a["name"] for a in s["attributes"]}
		for s in spec["attribute-sets"]}
	enums = {d["name"] for d in spec["definitions"] if d["type"] == "enum"}
	wrong = []
	for space in spec["attribute-sets"]:
		for attr in space["attributes"]:
			if attr.get("nested-attributes", "a") not in sets:
				wrong.append(attr["name"])
			if "enum" in attr and attr["enum"] not in enums:
				wrong.append(attr["name"])
	for op in spec["operations"]["list"]:
		lists = []
		for kind in ("do", "dump"):
			lists += [op.get(kind, {}).get("request"),
				  op.get(kind, {}).get("reply")]
		for part in filter(None, lists):
			wrong += [f"{op['name']}: {name}" for name in part["attributes"]
				  if name not in sets[op["attribute-set"]]]
	return wrong


def test_schema(spec):
	"""the kernel's schema takes the spec"""
	found = glob.glob(os.path.join(KSRC or "/nowhere",
				       "Documentation/netlink/genetlink.yaml"))
	if not found:
		return "KSRC= names no kernel sources with the schema"
	try:
		import jsonschema
	except ImportError:
		return "no python3-jsonschema"
	with open(found[0], encoding="utf-8") as file:
		schema = yaml.safe_load(file)
	validator = jsonschema.Draft7Validator(schema)
	return [error.message for error in validator.iter_errors(spec)]


def test_ynl(spec):
	"""the kernel's ynl library loads the spec"""
	path = os.path.join(KSRC or "/nowhere", "tools/net/ynl")
	if not os.path.isdir(os.path.join(path, "pyynl/lib")):
		return "KSRC= names no kernel sources with ynl"
	sys.path.insert(0, path)
	from pyynl.lib import SpecFamily
	family = SpecFamily(SPEC, schema_path="")
	return [op["name"] for op in spec["operations"]["list"]
		if op["name"] not in family.msgs]


def main():
	with open(SPEC, encoding="utf-8") as file:
		spec = yaml.safe_load(file)
	tests = [test_names, test_complete, test_family, test_references,
		 test_schema, test_ynl]
	failed = False
	print("TAP version 13")
	print(f"1..{len(tests)}")
	for number, test in enumerate(tests, 1):
		wrong = test(spec)
		if isinstance(wrong, str):	# why it can't be tested
			print(f"ok {number} {test.__doc__} # SKIP {wrong}")
			continue
		print(f"{'not ' if wrong else ''}ok {number} {test.__doc__}")
		for line in wrong:
			print(f"# {line}")
		failed |= bool(wrong)
	return failed


if __name__ == "__main__":
	sys.dont_write_bytecode = True
	sys.exit(main())
