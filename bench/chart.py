#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws results.svg from results.md, the table that bench/run wrote: bench/chart.py DIRECTORY"""
import io
import pathlib
import re
import sys
import textwrap

import matplotlib
from matplotlib import pyplot

from workloads import WORKLOADS

COLOURS = ("#2a7f62", "#c8553d", "#8d99ae", "#e0a458", "#6d597a")
BAR = 0.8  # of the distance between the bars of a workload
GAP = 0.9  # between two workloads, in bars
INCHES_A_BAR = 0.2
TITLE_WIDTH = 46  # characters
MARGINS = 1.3  # inches above and below the bars


def read(text):
    """{workload: {subject: ratio of the rates}} without the reference, and the date."""
    ratios = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 4 and re.fullmatch(r"[\d.]+", cells[3]) and cells[1] != "reference":
            ratios.setdefault(cells[0], {})[cells[1]] = float(cells[3])
    return ratios, re.search(r"\d{4}-\d\d-\d\d", text).group()


def draw(ratios, date, file):
    # Text stays text; the same table gives the same file.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "sockd", "font.size": 9})
    subjects = list(dict.fromkeys(s for of in ratios.values() for s in of))
    figure, axes = pyplot.subplots(layout="constrained")
    position, ticks, titles = 0, [], []
    for workload in (w for w in WORKLOADS if w.name in ratios):
        first = position
        for subject, ratio in ratios[workload.name].items():
            colour = COLOURS[subjects.index(subject) % len(COLOURS)]
            axes.barh(position, ratio, BAR, color=colour, zorder=2)
            # A column of figures at the right edge: no bar and no line goes there.
            axes.text(1.07, position, f"{ratio:.2f}", ha="right", va="center",
                      transform=axes.get_yaxis_transform())
            position += 1
        ticks.append((first + position - 1) / 2)
        titles.append(textwrap.fill(workload.title, TITLE_WIDTH))
        position += GAP
    axes.axvline(1, color="#444444", linestyle=(0, (3, 3)), linewidth=1, zorder=3)
    axes.set_yticks(ticks, titles)
    axes.set_ylim(position - GAP, -1)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=0)
    axes.grid(axis="x", color="#dddddd", zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("messages per second, relative to the reference receiver (= 1)")
    axes.set_title(f"measured {date}", loc="right", fontsize="medium")
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=COLOURS[i % len(COLOURS)])
               for i in range(len(subjects))]
    axes.legend(handles, subjects, loc="lower left", bbox_to_anchor=(0, 1), ncol=len(subjects),
                frameon=False)
    figure.get_layout_engine().set(w_pad=0.1)
    figure.set_size_inches(9, MARGINS + INCHES_A_BAR * position)
    figure.savefig(file, format="svg", metadata={"Date": None})


def chart(directory):
    ratios, date = read((directory / "results.md").read_text(encoding="utf-8"))
    picture = io.StringIO()
    draw(ratios, date, picture)
    head, rest = picture.getvalue().split("\n", 1)
    lines = [head, "<!-- SPDX-License-Identifier: MIT -->", *map(str.rstrip, rest.splitlines())]
    (directory / "results.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    chart(pathlib.Path(sys.argv[1]))
