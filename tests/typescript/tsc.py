# SPDX-License-Identifier: Apache-2.0
"""Values as constants of TypeScript, by types of npm's packages in build/stores (devtools/setup stores)."""
import os
import pathlib
import re
import subprocess
import tempfile


def is_there(stores, package):
    return all((stores / "node_modules" / name).exists() for name in (".bin/tsc", package))


def complaints(stores, texts, spoilt):
    """What tsc minds. texts: {file: TypeScript}; spoilt: {file without .ts: what is wrong in it}, of which it has to mind each: what it does
    not mind is a complaint, too."""
    with tempfile.TemporaryDirectory() as work:
        os.symlink(stores / "node_modules", work + "/node_modules")
        for file, text in texts.items():
            pathlib.Path(work, file).write_text(text, encoding="utf-8")
        said = subprocess.run([str(stores / "node_modules" / ".bin" / "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "preserve",
                               "--moduleResolution", "bundler", "--pretty", "false", *sorted(texts)], cwd=work, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False).stdout.decode()
    minded, found = {}, []
    for line in said.splitlines():
        match = re.match(r"([\w-]+)(?:\.d)?\.ts\(", line)
        if match:
            minded.setdefault(match.group(1), line)
        elif line and not line.startswith(" "):
            found.append(line)
    found += [line[:1500] for file, line in minded.items() if file not in spoilt]
    return found + ["the types do not mind " + what for file, what in spoilt.items() if file not in minded]
