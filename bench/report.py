# SPDX-License-Identifier: MIT
"""Figures of several rounds become a table (text and Markdown), a verdict on each goal and a chart."""
import statistics

RATIOS = ("rate", "cpu", "p50", "p99", "p999")
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
                         ("start_ms", "{:.1f} ms")):
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
    by_name = {s.name: s for s in subjects}
    if "sockd" not in by_name:
        return
    for workload in workloads:
        cell, base = cells[workload.name, "sockd"], cells[workload.name, subjects[0].name]
        for figure, (relation, goal) in workload.goals.items():
            value, ok = reached(cell, base, figure, relation, goal)
            yield (f"{workload.name:15} {figure:10} {show(value, 2) or 'refused':>8}  goal {relation} "
                   f"{goal:<5} {'reached' if ok else 'NOT REACHED'}")


def chart(workloads, subjects, cells, caption):
    """Rates relative to the reference, as bars."""
    shown = [w for w in workloads if cells[w.name, subjects[0].name].median("rate")]
    others = subjects[1:]
    colours = ("#2a7f62", "#c8553d", "#8d99ae", "#e0a458", "#6d597a")
    left, width, bar = 330, 420, 12
    height = 60 + sum(24 + bar * len(others) for _ in shown)
    scale = width / 3.0
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           "<!-- SPDX-License-Identifier: MIT -->",
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="10" y="18">Messages per second, reference receiver = 1. {caption}</text>']
    for i, subject in enumerate(others):
        out.append(f'<rect x="{10 + 110 * i}" y="28" width="10" height="10" fill="{colours[i]}"/>'
                   f'<text x="{25 + 110 * i}" y="37">{subject.name}</text>')
    y = 56
    for workload in shown:
        out.append(f'<text x="10" y="{y + 10}">{workload.title[:52]}</text>')
        base = cells[workload.name, subjects[0].name]
        for i, subject in enumerate(others):
            cell = cells.get((workload.name, subject.name))
            ratio = cell.ratio(base, "rate") if cell else None
            if ratio:
                length = min(ratio * scale, width)
                out.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 2}" '
                           f'fill="{colours[i]}"/><text x="{left + length + 4:.1f}" y="{y + 9}" '
                           f'font-size="10">{ratio:.2f}</text>')
            y += bar
        y += 24
    out.append(f'<line x1="{left + scale:.1f}" y1="50" x2="{left + scale:.1f}" y2="{height - 6}" '
               'stroke="#444" stroke-dasharray="3 3"/></svg>')
    return "\n".join(out) + "\n"
