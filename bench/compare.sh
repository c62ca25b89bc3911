#!/bin/sh
# SPDX-License-Identifier: MIT
# bench/compare.sh: vordec and its peers on this machine, in one go. See bench/README.md, or --help.
set -eu
command -v python3 >/dev/null || { echo "compare.sh: needs python3" >&2; exit 1; }
exec python3 -B "$(dirname "$0")/compare.py" "$@"
