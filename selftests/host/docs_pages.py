#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""docs_pages.py FOLDER: Documentation/ as a site in FOLDER, and against the sources.

Commands behind "$ " in a page need no device and no privilege: they are run, and
must print what stands below them, however the lines are broken. Those behind "# "
are for a relay. `pmt` must be in the PATH. Prints TAP.
"""
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

TREE = pathlib.Path(__file__).resolve().parents[2]
PAGES = TREE / "Documentation"
TEXT = {path.name: path.read_text(encoding="utf-8") for path in sorted(PAGES.glob("*.rst"))}
COUNTERS = re.findall(r'^PMT_COUNTER\(\w+, "([^"]+)"',
		      (TREE / "include/uapi/linux/pmt_counters.h").read_text(encoding="utf-8"), re.M)
FIELDS = ["Seen", "Cause", "Verify", "Do"]
LARGEST_PNG = 300_000	# bytes


def test_site():
	"""sphinx-build makes a site without a warning"""
	try:
		done = subprocess.run(["sphinx-build", "-W", "--keep-going", "-n", "-q", "-b", "html", PAGES,
				       sys.argv[1]], capture_output=True, text=True, check=False)
	except FileNotFoundError:
		return ["there is no sphinx-build: apt install python3-sphinx"]
	wrong = (done.stdout + done.stderr).splitlines()
	if done.returncode and not wrong:
		wrong = [f"exit status {done.returncode}"]
	return wrong + [f"{name}: no page came of it" for name in TEXT
			if not (pathlib.Path(sys.argv[1]) / name).with_suffix(".html").exists()]


def test_reference():
	"""pmt.rst has a row for each counter, in their order"""
	section = TEXT["pmt.rst"].split("\nCounters\n========\n")[1].split("\nHealth\n======\n")[0]
	return differences(re.findall(r"^``([^`]+)`` +[A-Z]", section, re.M), COUNTERS)


def test_troubleshooting():
	"""troubleshooting.rst has a section for each counter, in their order"""
	return differences([name for name, _ in sections()], COUNTERS)


def test_fields():
	"""and says there what is seen, why, how to verify it, and what to do"""
	return [f"{name}: {', '.join(fields)}" for name, body in sections()
		for fields in [re.findall(r"^:(\w+): \S", body, re.M)] if fields != FIELDS] or (
		[] if sections() else ["there is no section"])


def test_pictures():
	"""each picture is SVG or PNG, says in words what it shows, and stands in a page"""
	wrong = []
	pictures = sorted(PAGES.glob("images/*"))
	used = re.findall(r"^\s*\.\. (?:figure|image):: (\S+)$(?:\n\s+:alt: *(.*))?",
			  "\n".join(TEXT.values()), re.M)
	for path in pictures:
		name = f"images/{path.name}"
		if path.suffix == ".png":
			wrong += wrong_png(name, path.read_bytes())
		else:
			wrong += wrong_svg(name, path)
		if name not in dict(used):
			wrong.append(f"{name}: in no page")
	wrong += [f"{name}: no :alt:" for name, alt in used if not alt]
	return wrong if pictures else ["there are none"]


def wrong_svg(name, path):
	try:
		root = xml.etree.ElementTree.parse(path).getroot()
	except xml.etree.ElementTree.ParseError as error:
		return [f"{name}: {error}"]
	if root.tag != "{http://www.w3.org/2000/svg}svg":
		return [f"{name}: no SVG"]
	return [] if root.findtext("{http://www.w3.org/2000/svg}title") else [f"{name}: no title"]


def wrong_png(name, content):
	"""Only what no SVG can show is one, and a small one"""
	if not content.startswith(b"\x89PNG\r\n\x1a\n"):
		return [f"{name}: no PNG"]
	return [f"{name}: {len(content)} bytes"] if len(content) > LARGEST_PNG else []


def test_commands():
	"""what a page shows behind "$ " is what is printed"""
	shown = [(page, *block) for page, text in TEXT.items() for block in commands(text)]
	wrong = []
	for page, command, output in shown:
		done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
				      text=True, check=False)
		if done.stdout.split() != output.split():
			wrong += [f"{page}: {command}", "shown: " + output, "got:   " + done.stdout]
	return wrong if any(command.startswith("pmt map ") for _, command, _ in shown) else [
		"no page shows pmt map"]


def sections():
	"""(name, text) of what stands under "By counter" """
	part = TEXT["troubleshooting.rst"].split("\nBy counter\n==========\n")[1]
	parts = re.split(r"^(\S+)\n-+\n", part, flags=re.M)
	return list(zip(parts[1::2], parts[2::2]))


def commands(text):
	"""(command, what is shown below it) in the page's literal blocks"""
	lines = text.splitlines()
	for at, line in enumerate(lines):
		found = re.match(r"(\s+)\$ (.*)", line)
		if found:
			output = []
			for following in lines[at + 1:]:
				if not following.startswith(found[1]) or re.match(r"\s+[$#] ", following):
					break
				output.append(following)
			yield found[2], "\n".join(output)


def differences(got, want):
	wrong = [f"{name}: missing" for name in want if name not in got]
	wrong += [f"{name}: there is none" for name in got if name not in want]
	return wrong or ([] if got == want else ["in another order, or twice: " + " ".join(got)])


def main():
	failed = False
	tests = [test_site, test_reference, test_troubleshooting, test_fields, test_pictures, test_commands]
	print(f"TAP version 13\n1..{len(tests)}")
	for number, test in enumerate(tests, 1):
		wrong = test()
		print(f"{'not ' if wrong else ''}ok {number} {test.__doc__}")
		for line in "\n".join(wrong).splitlines():
			print("#", line)
		failed |= bool(wrong)
	return failed


if __name__ == "__main__":
	sys.exit(main())
