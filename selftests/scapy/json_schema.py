#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""json_schema.py SCHEMA FILE...: what pmt -j printed fits the schema, and the schema
has no more than that. A file is named for its entry in $defs, as link or link.2; of
stats watch and monitor each line is an object. Prints TAP."""
import copy
import json
import os
import sys

from jsonschema import Draft202012Validator

from relay import Tap

with open(sys.argv[1], encoding="utf-8") as text:
	SCHEMA = json.load(text)
DEFS = SCHEMA["$defs"]
ROOT = Draft202012Validator(SCHEMA)
LINES = "monitor", "stats-watch", "stats-watch-nonzero"


def validator(name):
	return ROOT.evolve(schema={"$ref": "#/$defs/" + name})


def follow(schema, pointer):
	"""A schema and where it is, and those that it refers to"""
	yield schema, pointer
	if "$ref" in schema:
		name = schema["$ref"].rpartition("/")[2]
		yield from follow(DEFS[name], name)


def parts(schema, pointer):
	"""What a schema is put together of, each with its place and what it is about:
	the same instance, its items, or its member of a name"""
	for key in "anyOf", "oneOf", "allOf":
		for number, part in enumerate(schema.get(key, [])):
			yield part, "%s/%d" % (pointer, number), None, None
	if "items" in schema:
		yield schema["items"], pointer + "/items", list, None
	for key, part in schema.get("properties", {}).items():
		yield part, "%s/%s" % (pointer, key), dict, key


def known(schema, pointer, found):
	"""The places of all members that may be there"""
	for one, where in follow(schema, pointer):
		for part, place, _, key in parts(one, where):
			if place in found:
				continue
			if key is not None:
				found.add(place)
			known(part, place, found)
	return found


def seen(schema, pointer, instance, found):
	"""The places of those that are there"""
	for one, where in follow(schema, pointer):
		for part, place, kind, key in parts(one, where):
			if kind is None:
				if ROOT.evolve(schema=part).is_valid(instance):
					seen(part, place, instance, found)
			elif isinstance(instance, kind) and key is None:
				for item in instance:
					seen(part, place, item, found)
			elif isinstance(instance, kind) and key in instance:
				found.add(place)
				seen(part, place, instance[key], found)


def shape(instance):
	"""The keys that there are, whatever their values; items that are alike are one"""
	if isinstance(instance, dict):
		return tuple((key, shape(value)) for key, value in instance.items())
	if isinstance(instance, list):
		return frozenset(map(shape, instance))
	return instance is None


def objects(instance, path=()):
	"""The paths of all objects; of items, and of many members, that are alike one"""
	members = ()
	if isinstance(instance, dict):
		yield path
		members = instance.items()
	elif isinstance(instance, list):
		members = list(enumerate(instance))
	met = set()
	for key, value in members:
		if len(members) > 20 or isinstance(instance, list):
			if shape(value) in met:
				continue
			met.add(shape(value))
		yield from objects(value, path + (key,))


def at(instance, path):
	for step in path:
		instance = instance[step]
	return instance


def is_optional(name, thing, path, key):
	"""A key that may be missing"""
	if name == "diff" and thing["noun"] == "link":
		return key not in ("op", "noun", "ifname")
	if name == "stats-nonzero":
		return key != "dev"
	return key == "timestamp" or (name == "stats-watch-nonzero" and path[-1:] == ("counters",))


def too_loose(name, instance):
	"""The changes that the schema should not put up with"""
	check = validator(name)
	for path in objects(instance):
		changed = copy.deepcopy(instance)
		thing = at(changed, path)
		where = "/".join(map(str, path))
		thing["frobnicate"] = 1
		if check.is_valid(changed):
			yield "%s: takes a key that nobody knows" % where
		del thing["frobnicate"]
		for key, value in list(thing.items()):
			whole = dict(thing)
			del thing[key]
			if check.is_valid(changed) and not is_optional(name, whole, path, key):
				yield "%s: does not miss %s" % (where, key)
			thing[key] = value


def read(path, name):
	with open(path, encoding="utf-8") as file:
		if name in LINES:
			return [json.loads(line) for line in file]
		return [json.load(file)]


def main():
	t = Tap()
	Draft202012Validator.check_schema(SCHEMA)
	outputs = {}
	for path in sys.argv[2:]:
		name = os.path.basename(path).partition(".")[0]
		outputs.setdefault(name, []).extend(read(path, name))
	may, are = set(), set()
	for name, instances in sorted(outputs.items()):
		check = validator(name)
		wrong = ["%s: %s" % (list(error.absolute_path), error.message[:300])
			 for instance in instances for error in check.iter_errors(instance)]
		t.result(instances and not wrong, "%s: fits" % name, len(instances), *wrong[:10])
		shapes = {shape(instance): instance for instance in instances}
		wrong = [] if wrong else [text for instance in shapes.values()
					  for text in too_loose(name, instance)]
		t.result(not wrong, "%s: with another key, or one less, it does not" % name, *wrong[:10])
		known(DEFS[name], name, may)
		for instance in instances:
			seen(DEFS[name], name, instance, are)
	t.equal("all keys of the schema have been seen", sorted(may - are), [])
	if "stats" in outputs:
		wanted = {part["$ref"].rpartition("/")[2] for part in SCHEMA["anyOf"]}
		t.equal("all entries of commands", sorted(wanted - set(outputs)), [])
	if "stats-explain" in outputs:
		names = [row["name"] for row in outputs["stats-explain"][0]]
		figures = DEFS["stats-watch-nonzero"]["properties"]["devices"]["items"]["properties"]["counters"]
		for what, got in (
				("reason", DEFS["reason"]["anyOf"][0]["enum"]),
				("stats", DEFS["stats"]["items"]["required"]),
				("stats nonzero", list(DEFS["stats-nonzero"]["items"]["properties"])[1:]),
				("stats watch", DEFS["stats-watch"]["properties"]["devices"]["items"]["properties"]
				 ["counters"]["required"]),
				("stats watch nonzero", list(figures["properties"]))):
			t.equal("the schema of %s has all counters" % what, got, names)
	t.end()


if __name__ == "__main__":
	main()
