#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""tools/man held against mandoc's lint and against the tool that was built.

What the tool knows is asked of it: a word that it refuses makes it list those that
would do. Bold is, in the pages, what is typed. Prints TAP.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BUILD = os.path.join(TREE, "build/tools")
MAN = os.path.join(TREE, "tools/man")
ENV = dict(os.environ, PATH=BUILD + ":" + os.environ["PATH"], IP_LIB_DIR=BUILD, LC_ALL="C")

# The pages of nouns; what they leave is for pmt.8. Words of `ip` in their synopsis.
OWN_PAGE = {"link": "pmt-link.8", "rule": "pmt-rule.8", "policy": "pmt-policy.8"}
FOREIGN = {"pmt-link.8": {"ip", "type"}}
# What can only be said once all words of a command are read
AFTER_WORDS = ("module not loaded", "no such device", "No such file or directory", "Unknown device type",
	       "Cannot find device")

tests = 0
failed = False


def ok(good, name, *why):
	global tests, failed
	tests += 1
	failed |= not good
	print(f"{'ok' if good else 'not ok'} {tests} - {name}")
	for line in [] if good else why:
		print(f"# {line}")


def same_words(name, page, tool):
	ok(page == tool, name, f"only in the page: {sorted(page - tool)}", f"not in the page: {sorted(tool - page)}")


def pmt(*words):
	"""What the tool prints, be it an error"""
	done = subprocess.run(["pmt", *words], env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
			      stderr=subprocess.STDOUT, text=True, timeout=10)
	return done.stdout


def listed(text, before):
	"""The words of a list in a sentence; descriptions as "an address" are none"""
	found = re.search(before + r" ([^\n]*?)(, or one of|$)", text, re.M)
	return {word for word in found[1].split(", ") if re.fullmatch("[a-z][a-z0-9-]*", word)} if found else set()


def usage_words():
	"""noun: the words of its lines, and of the definitions that they use"""
	lines = re.sub(r"\n {8,}", " ", pmt("-h")).split("\n")
	defined = dict(line.split(":=") for line in lines if ":=" in line)
	del defined["OPTIONS "]
	words = {}
	for line in lines:
		if not line.startswith("       pmt "):
			continue
		for name, meaning in defined.items():
			if re.search(rf"\b{name.strip()}\b", line):
				line += meaning
		found = re.findall(r"(?<![\w-])[a-z][a-z0-9-]*(?![\w-])", line)
		words.setdefault(found[1], set()).update(found)
	return words


def nouns():
	return listed(pmt("frob"), "there are:")


def options():
	return set(re.findall(r"-[A-Za-z]+", pmt("-x").split(":")[-1]))


def verbs(noun):
	return listed(pmt(noun, "NAME", "frob"), "one of the verbs")


def behind(noun, verb):
	return [noun] + ([verb] if verb else []) + (["NAME"] if noun == "link" else [])


def keywords(noun, verb):
	return listed(pmt(*behind(noun, verb), "frob"), "allowed here:")


def choices(noun, verb, keyword):
	found = re.search(r": must be ([\w-]+(?: or [\w-]+)+)$", pmt(*behind(noun, verb), keyword, "frob"), re.M)
	return set(found[1].split(" or ")) if found else set()


def tool_words(page):
	"""All that the tool takes and that a page has to name"""
	words = {"pmt"} | (nouns() | options() if page == "pmt.8" else set())
	for noun, used in usage_words().items():
		if OWN_PAGE.get(noun, "pmt.8") == page:
			words |= used
	for noun in nouns():
		if OWN_PAGE.get(noun, "pmt.8") != page:
			continue
		words |= {noun} | verbs(noun)
		for verb in verbs(noun) or {None}:
			for keyword in keywords(noun, verb):
				words |= {keyword} | choices(noun, verb, keyword)
	return words


def source_words(name, pattern):
	with open(os.path.join(TREE, "tools/pmt", name), encoding="utf-8") as source:
		return set(re.findall(pattern, source.read()))


def table_words(noun):
	"""The words in the tables of a source of the tool"""
	return source_words(f"words_{noun}.c", r'[{,=]\s*"([a-z0-9-]+)"(?=\s*[,}])')


def known_words():
	"""Every word in a string of the tool's sources"""
	words = set()
	for path in glob.glob(os.path.join(TREE, "tools/pmt/*.[ch]")) + [os.path.join(TREE, "include/uapi/linux/pmt_counters.h")]:
		with open(path, encoding="utf-8") as source:
			for string in re.findall(r'"((?:[^"\\\n]|\\.)*)"', source.read()):
				words.update(re.findall(r"[\w-]+", string))
	return words


class Page:
	def __init__(self, path):
		self.name = os.path.basename(path)
		self.path = path
		with open(path, encoding="utf-8") as source:
			self.source = source.read()
		shown = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=999", path], stdout=subprocess.PIPE,
				       text=True, check=True).stdout
		self.sections = {}
		for line in shown.split("\n"):
			if re.match(r"\S", line):
				title = re.sub(".\b", "", line)
			elif not re.match(r" {3}\S", line):	# .SS
				self.sections.setdefault(title, []).append(line)

	def bold(self, *titles):
		"""Runs of bold words, which are what somebody would type; names of pages are left out"""
		for title in titles or self.sections:
			for line in self.sections[title]:
				marked = re.sub("_\b.", "\v", line)		# italics
				marked = re.sub("(.)\b\\1", "\f\\1", marked)	# bold
				for run in re.findall("(?:\f\\S)+(?: +(?:\f\\S)+)*(?!\\(\\d\\)|\f)", marked):
					yield run.replace("\f", "").split()

	def bold_words(self, *titles):
		return {word for run in self.bold(*titles) for word in run if re.search(r"[a-zA-Z]", word)}

	def options(self):
		"""Words with a dash, but for those of `ip`"""
		return {word for run in self.bold() if run[0] != "ip" for word in run if re.match("-[A-Za-z]", word)}

	def heads(self):
		"""The words of tags and headings, where things are explained"""
		lines = re.findall(r"^\.TP(?: \d+)?\n(.*)|^\.SS (.*)", self.source, re.M)
		return set(re.findall(r"[\w-]+", " ".join(a or b for a, b in lines).replace("\\-", "-")))

	def examples(self):
		"""(command, what the page shows below it)"""
		for block in re.findall(r"^\.EX\n(.*?)^\.EE$", self.source, re.M | re.S):
			text = block.replace("\\e\n", "").replace("\\-", "-").replace("\\(aq", "'")
			parts = re.split(r"^((?:pmt|ip) .*)\n", text, flags=re.M)
			yield from zip(parts[1::2], parts[2::2])


def lint(path):
	done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", path], stdout=subprocess.PIPE,
			      stderr=subprocess.STDOUT, text=True)
	ok(not done.stdout and not done.returncode, f"mandoc -T lint {os.path.basename(path)}", *done.stdout.splitlines())


def check_words(page):
	words = tool_words(page.name)
	same_words(f"{page.name}: the synopsis has the words that the tool takes",
		   page.bold_words("SYNOPSIS") - FOREIGN.get(page.name, set()), words)
	noun = page.name[4:-2]
	if noun in OWN_PAGE:
		missing = table_words(noun) - page.bold_words()
		ok(not missing, f"{page.name}: no word of words_{noun}.c is missing", f"missing: {sorted(missing)}")
		# Values are explained with their keywords.
		words = {word for verb in verbs(noun) for word in {verb} | keywords(noun, verb)}
		if noun != "link":
			words.remove("dev")
	else:
		words -= {"pmt"} | set(OWN_PAGE) | usage_words()["rule"]
		words |= source_words("check.c", r'reason\(true, "([\w-]+)"')
	missing = words - page.heads()
	ok(words and not missing, f"{page.name}: each word has its paragraph", f"has none: {sorted(missing)}")


def check_examples(page):
	wrong = []
	run = compared = 0
	examples = list(page.examples())
	if not examples:	# of pmt or ip: pmt-announce runs until it is ended
		return 0
	for command, output in examples:
		with tempfile.TemporaryDirectory() as empty:
			try:
				done = subprocess.run(command, shell=True, env=ENV, cwd=empty, stdin=subprocess.DEVNULL,
						      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=5)
			except subprocess.TimeoutExpired:
				continue	# it runs, as monitor does
		run += 1
		said = " ".join(done.stdout.split())
		if any(text in said for text in AFTER_WORDS):
			continue
		if output.strip():
			compared += 1
			if said != " ".join(output.split()):
				wrong.append(f"{command}: printed {said}")
		elif done.returncode not in (0, 3):
			wrong.append(f"{command}: {done.returncode} {said}")
	ok(run and not wrong, f"{page.name}: {run} examples are commands, {compared} print what the page shows", *wrong)
	return compared


def check_install():
	with tempfile.TemporaryDirectory() as root:
		subprocess.run(["make", "-s", "-C", TREE, "-f", "tools/tools.mk", "tools-install", f"DESTDIR={root}",
				"PREFIX=/usr"], stdout=sys.stderr, check=True)
		there = set(os.listdir(os.path.join(root, "usr/share/man/man8")))
	same_words("tools-install installs the pages", set(os.listdir(MAN)), there)


def main():
	print("TAP version 13", flush=True)
	if not glob.glob(os.path.join(MAN, "*.8")):
		sys.exit("Bail out! no pages")
	try:
		pages = [Page(path) for path in sorted(glob.glob(os.path.join(MAN, "*.8")))]
	except FileNotFoundError:
		print("Bail out! mandoc is missing")
		sys.exit(1)
	known = known_words() | {page.name[:-2] for page in pages}
	compared = 0
	for page in pages:
		lint(page.path)
		if page.name == "pmt.8" or page.name in OWN_PAGE.values():
			check_words(page)
			strange = {word for word in page.bold_words() if not known & {word, word.lstrip("-")}}
			ok(not strange, f"{page.name}: no word in bold that the tool has not", f"{sorted(strange)}")
		strange = page.options() - options()
		ok(not strange, f"{page.name}: no option that the tool refuses", f"{sorted(strange)}")
		absent = {name for name in re.findall(r"\b(pmt[\w-]*)\b[^\n]*\(8\)", page.source.replace("\\-", "-"))
			  if not os.path.exists(os.path.join(MAN, name + ".8"))}
		ok(not absent, f"{page.name}: the pages that it names are there", f"absent: {sorted(absent)}")
		compared += check_examples(page)
	ok(compared, "outputs were compared")
	check_install()
	print(f"1..{tests}")
	sys.exit(failed)


main()
