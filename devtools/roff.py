# SPDX-License-Identifier: Apache-2.0
"""Manual pages from the pages in doc/: the part of reStructuredText that those use, as man(7).

docutils' rst2man would do, but each version of it writes something else, and the pages are compared.
"""
import csv
import re
import textwrap

UNDER = {"=": ".SH", "-": ".SS"}


def escape(text):
    """Text as roff takes it: a hyphen is a hyphen, and nothing is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return text.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")


def inline(text):
    """``literal``, **bold** and *italic*."""
    out = []
    for piece in re.split(r"(``.+?``|\*\*.+?\*\*|\*[^*\s](?:[^*]*[^*\s])?\*)", text):
        if piece.startswith("``"):
            out.append("\\fB%s\\fR" % escape(piece[2:-2]))
        elif piece.startswith("**"):
            out.append("\\fB%s\\fR" % escape(piece[2:-2]))
        elif piece.startswith("*") and len(piece) > 2:
            out.append("\\fI%s\\fR" % escape(piece[1:-1]))
        else:
            out.append(escape(piece))
    return "".join(out)


def safe(line):
    """Does not begin as a request does."""
    return "\\&" + line if line[:1] in (".", "'") else line


def filled_line(text):
    return safe(inline(" ".join(text.split())))


def filled(text):
    """Lines of a paragraph."""
    text = inline(" ".join(text.split()))
    return [safe(line) for line in textwrap.wrap(text, 78, break_long_words=False, break_on_hyphens=False)]


def literal(lines):
    out = [".PP", ".RS 2", ".nf"]
    for line in lines:
        line = escape(line)
        out.append("\\&" + line if line[:1] in (".", "") else line)
    return out + [".fi", ".RE"]


def indented(lines, at, least):
    """The lines from at on that are indented so far, without that, and where they end."""
    taken = []
    while at < len(lines) and (not lines[at].strip() or len(lines[at]) - len(lines[at].lstrip()) >= least):
        taken.append(lines[at][least:].rstrip())
        at += 1
    while taken and not taken[-1]:
        taken.pop()
    return taken, at


def sentence(text):
    return text if text.endswith((".", "...", "...``")) else text + "."


def table(rows, heads):
    """A list of terms: names with their type and default; or forms, with what they are from."""
    out, group = [], ""
    for row in rows:
        cells = dict(zip(heads, row))
        group = row[0] or group
        if "form" in cells:
            term, text = cells["form"], group + (": " + cells["remarks"] if cells["remarks"] else "")
        else:
            about = [cells["type"]] if "type" in cells else []
            about += ["default " + cells["default"]] if "default" in cells else []
            term = ", ".join("``%s``" % name for name in group.split(", "))
            text = ("(%s) " % ", ".join(about) if about else "") + row[-1]
        out += [".TP", filled_line(term)] + filled(sentence(text))
    return out


def convert(text):
    """The body of a page."""
    lines = text.split("\n")
    out, at = [], 0
    while at < len(lines):
        line = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else ""
        produced = []
        if not line.strip():
            at += 1
            continue
        if re.fullmatch(r"([=-])\1{2,}", following) and len(following) >= len(line.rstrip()):
            level, name = UNDER[following[0]], line.strip()
            name = "Description" if name == "Purpose" else name
            produced = ["%s %s" % (level, escape(name.upper() if level == ".SH" else name))]
            at += 2
        elif re.fullmatch(r"(\*{3,}|={3,}[ =]*)", line): # the title, or the facts below it
            end = line
            at += 1
            while lines[at] != end:
                at += 1
            at += 1
        elif line.startswith(".. csv-table::"):
            body, at = indented(lines, at + 1, 3)
            heads = next(csv.reader([re.sub("^:header: ", "", body[0])], skipinitialspace=True))
            rows = csv.reader([row for row in body[1:] if row and not row.startswith(":")], skipinitialspace=True)
            produced = table(list(rows), heads)
        elif line.startswith(".. code-block::"):
            body, at = indented(lines, at + 1, 3)
            produced = literal(body[1:] if body and not body[0] else body)
        elif line.startswith("- "):
            item, at = [line[2:]], at + 1
            while at < len(lines) and lines[at].startswith("  "):
                item.append(lines[at].strip())
                at += 1
            produced = [".IP \\(bu 2"] + filled(" ".join(item))
        elif following.startswith("   ") and not line.startswith(" "):
            body, at = indented(lines, at + 1, 3)
            produced = [".TP", filled_line(line)] + filled(" ".join(body))
        else:
            paragraph = []
            while at < len(lines) and lines[at].strip():
                paragraph.append(lines[at])
                at += 1
            produced = ([".PP"] if out and not out[-1].startswith((".SH", ".SS")) else []) + filled(" ".join(paragraph))
        # No request for a paragraph directly below a heading.
        if produced[:1] == [".PP"] and out and out[-1].startswith((".SH", ".SS")):
            produced = produced[1:]
        out += produced
    return out


def page(name, section, what, date, version, text, also):
    """A manual page of what a page of doc/ says."""
    head = ['.\\" SPDX-License-Identifier: Apache-2.0',
            '.\\" Written by devtools/make-docs; change the page in doc/ instead.',
            '.TH %s %d "%s" "mmpostfix %s"' % (name.upper(), section, date, version),
            ".nh", ".ad l", ".SH NAME", "%s \\- %s" % (name, escape(what))]
    see = [".SH SEE ALSO", ",\n".join(".BR %s (%s)" % tuple(other) for other in also).replace(",\n", " ,\n")]
    return "\n".join(head + convert(text) + see) + "\n"
