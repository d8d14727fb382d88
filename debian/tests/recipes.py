# SPDX-License-Identifier: MIT
"""The commands that a document prints, run as an administrator would run them: taken out of the text, never copied, so
that what is printed is what was tested.

A recipe is a block of lines that are indented by four spaces, after an empty line. Each of its lines is a command for a
shell, in order; one that ends in a backslash continues. What is indented further belongs to the command before it, `systemctl edit UNIT`: the text to type into
the editor, which becomes a drop-in of the unit. A block that begins with "{", "(" or a word and "=" is no recipe but
text for a file, such as a part of sockd.conf."""

import gzip
import os
import re
from typing import NamedTuple

import machine as m

INDENT = "    "
EDIT = re.compile(r"systemctl edit (\S+)$")
TEXT = re.compile(r"[{(\[#:]|\w+\s*=")


class Block(NamedTuple):
    heading: str    # what stands above it, "" before the first
    lines: list     # without the indentation

    @property
    def is_recipe(self):
        return not TEXT.match(self.lines[0])

    @property
    def text(self):
        return "".join(f"{line}\n" for line in self.lines)

    def steps(self):
        """Pairs of a command and the text typed into the editor that it opens, or None."""
        steps = []
        for line in re.sub(r"\\\n *", "", self.text).splitlines():
            if not line.startswith(" "):
                steps.append((line, "" if EDIT.match(line) else None))
                continue
            command, typed = steps.pop()
            assert typed is not None, f"{line!r} belongs to no editor"
            steps.append((command, f"{typed}{line.strip()}\n"))
        return steps

    def run(self):
        """Stops with an error at the first command that fails. Returns what each printed."""
        return [do(command, typed) for command, typed in self.steps()]


def do(command, typed):
    if typed is None:
        return m.output("sh", "-c", command)
    unit = EDIT.match(command).group(1)
    unit += "" if "." in unit else ".service"
    # What systemctl(1) does with what was typed.
    m.write(f"/etc/systemd/system/{unit}.d/override.conf", typed)
    return m.output("systemctl", "daemon-reload")


def blocks(text):
    """All blocks of a text whose headings are underlined."""
    found, heading, lines, open_ = [], "", text.split("\n"), False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if following and re.fullmatch(r"(=+|-+)", following) and line.strip():
            heading = line
        if not line.startswith(INDENT):
            open_ = False
            continue
        if not open_:
            found.append(Block(heading, []))
            open_ = True
        found[-1].lines.append(line[len(INDENT):])
    return found


def readme_debian():
    path = "/usr/share/doc/sockd/README.Debian"
    if os.path.exists(path):
        return m.read(path)
    with gzip.open(path + ".gz", "rt", encoding="utf-8") as f:
        return f.read()


def undo_edits(unit=m.UNIT):
    """As systemctl revert, for drop-ins of the administrator."""
    directory = f"/etc/systemd/system/{unit}.d"
    if os.path.isdir(directory):
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
        os.rmdir(directory)
    m.systemctl("daemon-reload")
