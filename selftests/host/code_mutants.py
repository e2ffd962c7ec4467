#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""code_mutants.py [N]: does unit.sh notice when one operator of the module's code changes?

Takes N of all such changes to translate.c, validate.c, map.c and policy.c, always the
same ones, and prints those that nothing noticed: for KUnit, which knows more of map.c
and policy.c, and for a reader, as some change nothing that matters.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent.parent
FILES = ("translate.c", "validate.c", "map.c", "policy.c")
CHANGES = [(r"(?<![<>=!&|+\-*/])<(?![<=])", "<="), (r"(?<![<>\-])>(?![>=])", ">="), ("<=", "<"),
	   (">=", ">"), ("==", "!="), ("!=", "=="), ("&&", "||"), (r"\|\|", "&&"), (r" \+ ", " - "),
	   (r"(?<=[\w)\]]) - ", " + "), ("<<", ">>"), (">>", "<<"), (r"(?<= )& ", " | "),
	   (r"(?<=[\w)\]]) \| ", " & "), (r"\b0\b", "1"), (r"\b1\b", "0"), (r"!(?=[\w(])", ""),
	   (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r"\^", "|"), ("~", ""),
	   (r"\bbreak;", ";"), (r"\bcontinue;", ";"), (r"\bhtons\(", "(")]
NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"])*"|^#[^\n]*', re.S | re.M)


def mutants():
	"""(file, from, to, text to put there)"""
	found = []
	for name in FILES:
		code = NO_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()),
				   (TREE / "src" / name).read_text())
		for pattern, new in CHANGES:
			found += [(name, m.start(), m.end(), new) for m in re.finditer(pattern, code)]
	random.Random(1).shuffle(found)
	return found


def noticed(copy):
	"""None: it does not build"""
	with subprocess.Popen(["sh", copy / "selftests/host/unit.sh"], text=True, start_new_session=True,
			      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as test:
		try:
			out, _ = test.communicate(timeout=120)
		except subprocess.TimeoutExpired:
			os.killpg(test.pid, signal.SIGKILL)
			return True
	if "does not build" in out:
		return None
	return test.returncode != 0 or "not ok" in out


def main(limit):
	count = {True: 0, False: 0, None: 0}
	os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
	with tempfile.TemporaryDirectory() as tmp:
		copy = Path(tmp)
		for name in "src", "include", "selftests":
			shutil.copytree(TREE / name, copy / name)
		for name, start, end, new in mutants()[:limit]:
			text = (TREE / "src" / name).read_text()
			(copy / "src" / name).write_text(text[:start] + new + text[end:])
			answer = noticed(copy)
			count[answer] += 1
			if answer is False:
				line = text.count("\n", 0, start) + 1
				print("%s:%d: %s -> %s: %s" % (
					name, line, text[start:end].strip(), new.strip() or "nothing",
					text.split("\n")[line - 1].strip()), flush=True)
			shutil.copy(TREE / "src" / name, copy / "src" / name)
	print("%d noticed, %d not, %d do not build" % (count[True], count[False], count[None]))


if __name__ == "__main__":
	main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
