# SPDX-License-Identifier: MIT
"""What a script needs beside Python itself: where it is missing, one line says so."""

import importlib.util
import pathlib
import sys

DEBIANS = pathlib.Path("/usr/bin/python3")


def need(*modules):
    """Ends the script unless this Python has all of them. Debian names its packages after them."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if not missing:
        return
    script, python = pathlib.Path(sys.argv[0]), pathlib.Path(sys.executable)
    remedy = f"install {' and '.join(f'python3-{module}' for module in missing)}"
    if python.resolve() != DEBIANS.resolve():  # which knows nothing of Debian's packages
        remedy += f" and start the script with {DEBIANS} {script}"
    sys.exit(f"{script.name}: {python} has no {' and no '.join(missing)}: {remedy}")
