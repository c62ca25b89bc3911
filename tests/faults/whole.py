# SPDX-License-Identifier: MIT
"""Whether files are whole, by other programs' eyes; and what two runs of the same request have in common."""

import csv
import hashlib
import json
import pathlib
import struct
import zipfile
import zlib

import h5py
import jsonschema
import numpy as np
from cli_support import SCHEMA

# What tells two equal runs apart: their times, their memory, and the metrics' own hash for it.
# .. and what simulated, and crossed the link: nothing, where an earlier run had taken all frames.
TIMES = {"les_device", "link", "run_ts", "open_ms", "create_ms", "warmup_ms", "timings_ms", "rollout_s", "ns_per_step", "steps_per_sec",
         "rss_max_mb"}


def check_npz(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, path
    with np.load(path) as data:
        for key in data.files:
            assert data[key] is not None


def check_hdf5(path):
    def read(_, item):  # what it returned would end the visit
        if isinstance(item, h5py.Dataset):
            np.asarray(item)

    with h5py.File(path) as file:
        file.visititems(read)


def check_png(path):
    data, at, kinds, pixels = path.read_bytes(), 8, [], b""
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body), path
        kinds.append(kind)
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
        pixels += body if kind == b"IDAT" else b""
        at += 12 + size
    assert kinds[0] == b"IHDR" and kinds[-1] == b"IEND" and at == len(data), path
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    assert len(zlib.decompress(pixels)) == height * (1 + (width * channels * depth + 7) // 8), path


def check_csv(path):
    text = path.read_text()
    rows = list(csv.reader(text.splitlines()))
    assert text.endswith("\n") and len(rows) > 1 and len({len(row) for row in rows}) == 1, path


def check_json(path):
    value = json.loads(path.read_text())
    if path.name.endswith("run.json"):
        assert value["files"] and value["request"]
    else:
        jsonschema.Draft202012Validator(SCHEMA).validate(value)


CHECKS = {".npz": check_npz, ".nc": check_hdf5, ".h5": check_hdf5, ".npy": np.load, ".png": check_png, ".csv": check_csv,
          ".json": check_json}


def check_folder(folder):
    """Every file under its final name is whole; a journal needs no more than to be read again."""
    for path in folder.iterdir():
        if path.suffix in CHECKS:
            CHECKS[path.suffix](path)
        else:
            assert path.name.endswith("_journal") or path.suffix == ".tmp", path


def timeless(value):
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key not in TIMES}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def comparable(path):
    """Size and hash, or, of the two files that hold times, all else."""
    if path.name.endswith("metrics.json"):
        return timeless(json.loads(path.read_text()))
    if path.name.endswith("run.json"):
        run = json.loads(path.read_text())
        run["files"] = sorted((file for file in run["files"] if file["name"] != "metrics.json"),
                              key=lambda file: file["name"])
        return run
    content = path.read_bytes()
    return len(content), hashlib.blake2b(content).hexdigest()


def contents(folder):
    return {path.name: comparable(path) for path in pathlib.Path(folder).iterdir()}
