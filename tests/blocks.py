# SPDX-License-Identifier: MIT
"""What the documents print in blocks: commands and what they say, config files, settings. It is extracted, so that what
is tested is what is printed."""

import collections
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent
PAGES = ["man/sockd.8", "man/sockctl.1", "man/sockd.conf.5", "man/org.sockd1.5"]
# What an example shows that is different each time.
CHANGES = [(r"\d{4}-\d\d-\d\dT[\d:.]+Z", r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
           (r"[A-Z][a-z]{2} \d{4}-\d\d-\d\d [\d:]+ [A-Z]+; .* ago",
            r"[A-Z][a-z]{2} \d{4}-\d\d-\d\d [\d:]+ [A-Z]+; .* ago"),
           (r"\b(?=\w*\d)[0-9a-z]{8,13}-[0-9a-z]+\b", r"[0-9a-z]+-[0-9a-z]+"),
           (r"\d[\d.,]*[BKMG]? workers?", r"\d+ workers?"),
           (r"\b\d[\d.,]*[BKMG]?%?", r"\d[\d.,]*[BKMG]?%?"),
           (r" +", r" +")]

Step = collections.namedtuple("Step", "root command input output")


class Block:
    """A block of a document. Its section is the last heading; key is the setting that a manual page explains there."""

    def __init__(self, document, line, section, text, key=""):
        self.document, self.line, self.section, self.text, self.key = document, line, section, text, key

    def __str__(self):
        return f"{self.document}:{self.line}: {self.text.splitlines()[0]}"

    @property
    def kind(self):
        if self.key:
            return "setting"
        return "config" if self.text.startswith("listeners = (\n") else "commands"

    def steps(self):
        """The commands: lines with a prompt, "$" or "#" for root, or all of them if there is no prompt. Indented lines
        are what a person types in the editor that the command opens, others what it prints."""
        prompted = re.match(r"[$#] ", self.text)
        steps = []
        for line in re.sub(r"\\\n\s*", "", self.text).splitlines():
            if re.match(r"[$#] ", line) or not (prompted or line.startswith(" ")):
                command = line[2:] if prompted else line
                root = line.startswith("# ") or command.startswith("sudo ")
                steps.append(Step(root, re.sub(r"\bsudo ", "", command), [], []))
            elif line.startswith("    ") and steps[-1].command.startswith("systemctl edit "):
                steps[-1].input.append(line.strip())
            else:
                steps[-1].output.append(line)
        return steps


def pattern(line):
    """What matches a line like this one, printed at another time."""
    found = re.compile("|".join(f"({example})" for example, _ in CHANGES))
    return "".join(CHANGES[piece.lastindex - 1][1] if piece else re.escape(text)
                   for text, piece in pieces(found, line.rstrip()))


def pieces(found, line):
    """(text, None) and (text, match) by turns."""
    end = 0
    for match in found.finditer(line):
        yield line[end:match.start()], None
        yield match.group(), match
        end = match.end()
    yield line[end:], None


def markdown(name, text):
    section = ""
    for match in re.finditer(r"^## ([^\n]*)$|^```\w*\n(.*?)^```$", text, re.M | re.S):
        if match.group(1):
            section = match.group(1)
        else:
            yield Block(name, text.count("\n", 0, match.start()) + 1, section, match.group(2))


def plain(text):
    """Undoes mdoc's escapes."""
    return text.replace("\\(dq", '"').replace("\\&", "").replace("\\-", "-").replace("\\e", "\\")


def mdoc(name, text):
    section = key = ""
    literal = None
    for number, line in enumerate(text.splitlines(), 1):
        if literal is not None:
            if line == ".Ed":
                yield Block(name, start, section, literal)
                literal = None
            else:
                literal += plain(line) + "\n"
        elif line.startswith((".Sh ", ".Ss ")):
            section, key = line[4:], ""
        elif line.startswith(".It Ic "):
            key = line[7:]
        elif line.startswith(".Bd -literal"):
            start, literal = number, ""
        elif line.startswith(".Dl "):
            yield Block(name, number, section, plain(line[4:].strip('"')) + "\n", key)


def blocks(name):
    """Those of a document, in order."""
    text = (TOP / name).read_text(encoding="utf-8")
    return list((markdown if name.endswith(".md") else mdoc)(name, text))
