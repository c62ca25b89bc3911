# SPDX-License-Identifier: MIT
"""What two equal builds may still differ in, taken out: versions, times, the folders of a build, and a renamed transform."""

import json
import re

# Keys of JSON whose values are times, versions, or hashes of files that hold such.
TIMES = {"run_ts", "open_ms", "create_ms", "warmup_ms", "timings_ms", "rollout_s", "ns_per_step", "steps_per_sec",
         "rss_max_mb", "milliseconds", "seconds", "duration_ms", "total_ms", "device_ms"}
VERSIONS = {"git_describe", "commit", "vordec_version", "vordec"}
# How much memory a plan takes may change without any result; a change is told apart.
MEMORY = {"host_bytes", "device_bytes", "device_memory_mb"}
# Files that say what made them, which older builds did not: they are compared by themselves, without that.
ADORNED = (".csv", ".png")
WORDS = ("reason", "_reason", "remedy", "message", "note", "advice", "text", "detail", "summary")

DURATION = re.compile(r"\b[0-9]+(\.[0-9]+)?(e[-+]?\d+)?(?=( |-)?(ms|us|ns|s|steps per second|ns per step|GB/s|MiB|GiB|MB)\b)")


STAGE = re.compile(r"\b(scatter_lowk|ifft_lp|mask|combine|readback) [0-9]+\.[0-9]+(?=,| )")


def name_transform(text):
    return text.replace("vkfft-pruned", "pruned")


def words(text, build):
    """Text for people, without what may differ."""
    for place, name in ((build.folder, "<BUILD>"), (build.cache, "<CACHE>"), (build._source(), "<SOURCE>")):
        if place:
            text = text.replace(str(place), name)
    text = re.sub(r"\b\d+\.\d+\.\d+ \([0-9a-f]{7,}[^)]*\)", "<VERSION>", text)
    text = re.sub(r'"vordec \d+\.\d+\.\d+"|vordec [0-9a-f]{7,}(-\w+)?\b', "<VERSION>", text)
    return name_transform(STAGE.sub(r"\1 #", DURATION.sub("#", text)))


def table(data):
    """The rows of a CSV file without the column that names the device."""
    rows = [line.split(",") for line in data.decode(errors="replace").splitlines()]
    if rows and rows[0][-1] == "ran_on":
        rows = [row[: len(rows[0]) - 1] for row in rows]
    return rows


def is_words(key):
    return key.endswith(WORDS)


def split(value, build, path=""):
    """Yields (kind, path, leaf) of a JSON value: kind is result, message or memory."""
    if isinstance(value, dict):
        for key in value:
            if key in TIMES or key in VERSIONS:
                continue
            for kind, where, leaf in split(value[key], build, f"{path}.{key}"):
                if kind == "result":
                    kind = "memory" if key in MEMORY else "message" if is_words(key) else kind
                yield kind, where, leaf
        yield "result", path, sorted(set(value) - TIMES - VERSIONS)
    elif isinstance(value, list):
        yield "result", path + "#", len(value)
        for index, item in enumerate(value):
            yield from split(item, build, f"{path}[{index}]")
    else:
        yield "result", path, words(value, build) if isinstance(value, str) else repr(value)


def json_leaves(text, build, name=""):
    """{kind: {path: leaf}} of a JSON text; None if it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if name.endswith("run.json") and isinstance(value, dict) and "files" in value:
        # The metrics hold times, so their hash differs; which picture is done first is a matter of threads.
        value["files"] = sorted((file for file in value["files"] if file["name"] != "metrics.json"),
                                key=lambda file: file["name"])
        for file in value["files"]:
            if file["name"].endswith(ADORNED):
                file.update(bytes=None, hash=None, mark=None)
    leaves = {"result": {}, "message": {}, "memory": {}}
    for kind, path, leaf in split(value, build):
        leaves[kind][path] = leaf
    return leaves


def count_hashes(leaves):
    return sum(path.endswith((".hash", ".blake2b")) for path in leaves["result"])
