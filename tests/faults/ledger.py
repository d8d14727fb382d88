# SPDX-License-Identifier: MIT
"""Compares what clients were told with the contents of the files."""

import base64
import collections
import gzip
import json
import os
from typing import NamedTuple

import harness as h


CUT_OFF = b"\\[cut off]"


class Found(NamedTuple):
    """The contents of the files, and whether they match what the clients were told."""
    n_lines: int
    n_ok: int
    missing: list   # receipted, but not there
    wrong: list     # there under the id of the receipt, but another message
    foreign: list   # there, but never sent
    torn: list      # files that end in half a line
    twice: list     # ids that stand in one file more than once


class Part(bytes):
    """A message that was cut off, and is marked as such."""


def is_json(line):
    return line.startswith(b"{")


def parse(line):
    """(id, message as sent) from a record."""
    if is_json(line):
        fields = json.loads(line)
        if "message_base64" in fields:
            text = base64.b64decode(fields["message_base64"])
        else:
            text = fields["message"].encode()
        return fields["id"].encode(), Part(text) if "cut_off" in fields else text
    record = h.record(line)
    text = bytes(record) if b"\\" in record.text else record.text
    return record.id, Part(text) if record.text.endswith(CUT_OFF) else text


def read(paths, parse_line=parse):
    """id to {path: message}, the number of lines, files that end in a partial line, and IDs twice in a file."""
    found, n_lines, torn, twice = collections.defaultdict(dict), 0, [], []
    for path in paths:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as f:
            *lines, rest = f.read().split(b"\n")
        # The file of a failed flush need not end in a whole line, nor one that was read while it was written.
        if rest and ".damaged-" not in path and not path.endswith(".gz"):
            torn.append(path)
        n_lines += len(lines)
        for line in lines:
            name, text = parse_line(line)
            if path in found[name]:
                twice.append(name)
            found[name][path] = text
    return found, n_lines, torn, twice


def files_of(path):
    """PATH and its successors, as rotated or set aside."""
    directory, name = os.path.split(path)
    return sorted(os.path.join(directory, n) for n in os.listdir(directory)
                  if n == name or n.startswith(name + "."))


def is_whole(message, texts):
    return all(text == message.text and not isinstance(text, Part) for text in texts)


def is_part(text, sent):
    return isinstance(text, Part) and any(whole.startswith(text) for whole in sent)


def compare(clients, paths, levels=(b"written", b"durable"), excuse=lambda message: False):
    """EXCUSE(message): it may be lost, because it was removed on purpose (rm)."""
    found, n_lines, torn, twice = read(paths)
    sent = {m.text for m in clients.messages()}
    told = [m for m in clients.messages() if m.fate == b"ok" and m.level.split(b" ")[0] in levels]
    missing = [(m,) for m in told if m.id not in found and not excuse(m)]
    wrong = [(m, found[m.id]) for m in told if m.id in found and m.text and not is_whole(m, found[m.id].values())]
    foreign = [(name, text) for name, texts in found.items() for text in texts.values()
               if text not in sent and not text.startswith(b"u.") and not is_part(text, sent)]
    return Found(n_lines, len(told), missing, wrong, foreign, torn, twice)


def expect_all_there(result, what):
    """What a receipt promises."""
    for name in ("missing", "wrong", "foreign", "twice"):
        bad = getattr(result, name)
        first = bad[0] if bad else None
        if isinstance(first, tuple) and hasattr(first[0], "text"):
            first = {k: getattr(first[0], k) for k in first[0].__slots__}, *first[1:]
        assert not bad, f"{what}: {len(bad)} of {result.n_ok} receipted messages are {name}, for instance {first}"
    assert not result.torn, f"{what}: {result.torn[0]} ends in half a line"
