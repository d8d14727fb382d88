# SPDX-License-Identifier: MIT
"""Figures of several rounds become a table (text and Markdown) and a verdict on each goal."""
import statistics

RATIOS = ("rate", "cpu", "p50", "p99", "p999", "tls_kib")
HEADINGS = ("workload", "subject", "messages/s", "ratio", "CPU s/M", "ratio", "lost", "peak MiB",
            "p50 µs", "p99 µs", "p99.9 µs", "notes")


class Cell:
    """What the rounds of one subject with one workload gave."""

    def __init__(self):
        self.rounds = []  # a dict of figures, or None where the round was refused
        self.refusals = []

    def add(self, figures, refusal=None):
        self.rounds.append(figures)
        if refusal:
            self.refusals.append(refusal)

    def median(self, figure):
        values = [r[figure] for r in self.rounds if r and figure in r]
        return statistics.median(values) if values and not self.refusals else None

    def worst(self, figure):
        values = [r[figure] for r in self.rounds if r and figure in r]
        return max(values) if values and not self.refusals else None

    def ratio(self, base, figure):
        """Median of the ratios within a round."""
        if self.refusals or base.refusals:
            return None
        pairs = [(a[figure], b[figure]) for a, b in zip(self.rounds, base.rounds)
                 if figure in a and b.get(figure)]
        return statistics.median(a / b for a, b in pairs) if pairs else None


def show(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def notes(cell):
    if cell.refusals:
        return "refused: " + cell.refusals[0]
    parts = []
    for figure, text in (("alone_mib", "{:.1f} MiB alone"), ("idle_kib", "{:.2f} KiB a connection"),
                         ("tls_kib", "{:.2f} KiB a connection"), ("start_ms", "{:.1f} ms"),
                         ("ping_ms", "{:.2f} ms p99 of a receipt")):
        value = cell.median(figure)
        if value is not None:
            parts.append(text.format(value))
    return ", ".join(parts)


def row(workload, subject, cell, base):
    return (workload.name, subject.name, show(cell.median("rate"), 0),
            show(cell.ratio(base, "rate"), 2), show(cell.median("cpu"), 3),
            show(cell.ratio(base, "cpu"), 2), show(cell.worst("lost"), 0),
            show(cell.median("rss_mib"), 1), show(cell.median("p50"), 0),
            show(cell.median("p99"), 0), show(cell.median("p999"), 0), notes(cell))


def rows(workloads, subjects, cells):
    for workload in workloads:
        base = cells[workload.name, subjects[0].name]
        for subject in subjects:
            if (workload.name, subject.name) in cells:
                yield row(workload, subject, cells[workload.name, subject.name], base)


def text_table(lines):
    lines = [HEADINGS] + list(lines)
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    for line in lines:
        yield "  ".join(c.ljust(w) if i in (0, 1, 11) else c.rjust(w)
                        for i, (c, w) in enumerate(zip(line, widths))).rstrip()


def markdown_table(lines):
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "|" + "|".join("---" if i in (0, 1, 11) else "---:" for i in range(len(HEADINGS))) + "|"
    for line in lines:
        yield "| " + " | ".join(line) + " |"


def reached(cell, base, figure, relation, goal):
    """The figure as measured, and whether it is at the goal."""
    if figure in RATIOS:
        value = cell.ratio(base, figure)
    elif figure == "lost":
        value = cell.worst(figure)
    else:
        value = cell.median(figure)
    if value is None:
        return None, False
    if relation == "<=+":
        value -= base.median(figure)
    return value, value >= goal if relation == ">=" else value <= goal


def goals(workloads, subjects, cells):
    """A line for each figure that sockd is to reach."""
    if "sockd" not in (s.name for s in subjects):
        return
    for workload in workloads:
        cell = cells[workload.name, "sockd"]
        for goal_name, (relation, goal) in workload.goals.items():
            figure, _, other = goal_name.partition("/")
            base = cells.get((other, "sockd")) or cells.get((workload.name, other or subjects[0].name))
            if not base:
                continue  # the other workload was not chosen
            value, ok = reached(cell, base, figure, relation, goal)
            yield (f"{workload.name:18} {goal_name:17} {show(value, 2) or 'refused':>8}  goal {relation} "
                   f"{goal:<5} {'reached' if ok else 'NOT REACHED'}")
