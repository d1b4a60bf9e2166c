# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios of all programs that are installed, then holds the log against the truth.

Run by neighbours.test, as root, in namespaces of its own: driver.py DIRECTORY [PROGRAM...]. The directory is left
with lines (as syslog has them), trees and coverage.
"""
import concurrent.futures
import importlib
import os
import shutil
import sys
import time
import traceback

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import report  # noqa: E402
import world  # noqa: E402
from mail import checks, send  # noqa: E402
from truth import conclude  # noqa: E402

PROGRAMS = ["opendkim", "opendmarc", "spf", "postgrey", "clamav", "spamassassin", "amavis", "dovecot", "rspamd", "haproxy"]
PATHS = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/dovecot:/usr/lib/dovecot/modules"


def installed(wanted):
    """The modules whose programs are here; of the others it says what is missing."""
    found, names = [], set()
    for name in PROGRAMS:
        if wanted and name not in wanted:
            continue
        module = importlib.import_module(name)
        missing = [package for program, package in module.NEEDS.items()
                   if not (os.path.exists(program) if program.startswith("/") else shutil.which(program, path=PATHS))]
        missing += [other for other in getattr(module, "AFTER", ()) if other not in names]
        if missing:
            print("SKIP: %s: not installed: %s" % (module.NAME, " ".join(missing)))
        elif getattr(module, "unfit", lambda: None)():
            print("SKIP: %s: %s" % (module.NAME, module.unfit()))
        else:
            found.append(module)
            names.add(module.NAME)
    return found


def run(w, scenario):
    """One scenario: a row of a table, or a function. Its checks, or why there are none."""
    name = getattr(scenario, "name", None) or scenario.__name__
    try:
        if callable(scenario):
            return name, scenario(w), None
        return name, checks(scenario, send(w, scenario)), None
    except Exception:
        return name, [], "%s: %s" % (name, " / ".join(traceback.format_exc().strip().splitlines()[-5:]))


def main(work, wanted):
    begin = time.monotonic()
    programs = installed(wanted)
    if not programs:
        print("SKIP: none of the programs is installed, see devtools/setup neighbours")
        return 77
    w = world.World(work, programs)
    failures, found = [], []
    scenarios = [s for program in programs for s in program.SCENARIOS]
    try:
        w.start()
        print("up after %.1f s: %s" % (time.monotonic() - begin, ", ".join(p.NAME for p in programs)))
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for _, some, failure in pool.map(lambda s: run(w, s), scenarios):
                found += some
                failures += [failure] if failure else []
        w.settle()
        print("%d scenarios after %.1f s" % (len(scenarios), time.monotonic() - begin))
    finally:
        w.stop()
    failures += report.report(w, found)
    return conclude(failures, time.monotonic() - begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
