# SPDX-License-Identifier: MIT
"""Settings needed before the harness is imported."""

import os
import pathlib


def use_build(argv):
    """The programs of --builddir, unless the environment names others."""
    build = next((argv[i + 1] for i, word in enumerate(argv[:-1]) if word == "--builddir"), ".")
    os.environ.setdefault("SOCKD", str(pathlib.Path(build).resolve() / "sockd"))
    os.environ.setdefault("SOCKD_INJECT", str(pathlib.Path(build).resolve() / "tests/faults/inject.so"))
    os.environ.setdefault("SOCKD_LOAD", str(pathlib.Path(build).resolve() / "bench/load"))
