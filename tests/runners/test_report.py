# SPDX-License-Identifier: MIT
"""vordec report and snapshots --report: the page as a parser sees it, its numbers, what it says of files that are missing."""

import base64
import csv
import json
import math
import os
import pathlib
import re
import shutil
import struct
import unittest
from html.parser import HTMLParser

import numpy as np

from cli_support import BAD_USAGE, COMMAND, CommandTest

VOID = {"meta", "img", "br", "link", "input"}
HAS_WEBP = any(pathlib.Path(COMMAND).parents[1].rglob("animation_webp.so"))
# The page's columns and those of comparison.csv.
SCORES = {"step": "step", "time": "time", "error": "relative_l2", "persistence": "relative_l2_persistence",
          "climatology": "relative_l2_climatology", "encoding alone": "relative_l2_encoding",
          "low-pass field": "relative_l2_lp", "correlation": "correlation", "support": "support_frac",
          "energy, truth": "energy_truth", "energy, decoded": "energy_decoded",
          "enstrophy, truth": "enstrophy_truth", "enstrophy, decoded": "enstrophy_decoded"}


class Node:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, dict(attributes), parent, []

    def all(self, tag):
        found = [self] if self.tag == tag else []
        for child in self.children:
            found += child.all(tag) if isinstance(child, Node) else []
        return found

    @property
    def text(self):
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Page(HTMLParser):
    """A tree; an element that is closed where it is not open is a failure."""

    def __init__(self, text):
        super().__init__()
        self.root = self.here = Node("", {}, None)
        self.feed(text)
        self.close()
        assert self.here is self.root, f"<{self.here.tag}> is not closed"

    def handle_starttag(self, tag, attributes):
        node = Node(tag, attributes, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)

    def table(self, caption):
        """Rows by the names of their columns, each cell's element."""
        found, = [table for table in self.root.all("table") if table.all("caption")[0].text.startswith(caption)]
        names = [cell.text for cell in found.all("thead")[0].all("th")]
        rows = []
        for row in found.all("tbody")[0].all("tr"):
            cells = [cell for cell in row.children if isinstance(cell, Node)]
            assert [cell.tag for cell in cells] == ["th"] + ["td"] * (len(names) - 1)
            rows.append(dict(zip(names, cells)))
        return rows


def exact(cell):
    data = cell.all("data")
    return float(data[0].attributes["value"]) if data else math.nan


def webp_chunks(content):
    """Chunks of an animated WebP."""
    riff, _, webp = struct.unpack("<4sI4s", content[:12])
    assert (riff, webp) == (b"RIFF", b"WEBP")
    at, found = 12, []
    while at < len(content):
        name, size = struct.unpack("<4sI", content[at:at + 8])
        found.append((name.decode(), content[at + 8:at + 8 + size]))
        at += 8 + size + size % 2
    return found


class Report(CommandTest):
    def run_snapshots(self, folder, *arguments):
        self.succeed("snapshots", "--N", 32, "--steps", 8, "--stride", 4, "--out-dir", self.path(folder), *arguments)
        return self.folder / folder

    def read(self, path):
        return Page(path.read_text(encoding="utf-8"))

    def check_page(self, path):
        """What holds for every report."""
        text, page = path.read_text(encoding="utf-8"), self.read(path)
        for node in page.root.all("img"):
            self.assertRegex(node.attributes["src"], r"^data:image/(png|webp|svg\+xml);base64,")
            self.assertTrue(node.attributes["alt"].strip())
        self.assertEqual(page.root.all("script") + page.root.all("link") + page.root.all("iframe"), [])
        self.assertFalse(re.search(r"https?:", re.sub(r"base64,[A-Za-z0-9+/=]*", "", text)))
        self.assertFalse(re.search(r"url\(|@import", text))
        for picture in re.findall(r"svg\+xml;base64,([A-Za-z0-9+/=]*)", text):
            outside = re.findall(r'href="([^#][^"]*)"', base64.b64decode(picture).decode())
            self.assertEqual([link for link in outside if not link.startswith("data:")], [])
        self.assertEqual(page.root.all("html")[0].attributes["lang"], "en")
        for landmark in ("header", "nav", "main", "footer"):
            self.assertEqual(len(page.root.all(landmark)), 1, landmark)
        ids = {node.attributes["id"] for tag in ("h1", "h2", "main") for node in page.root.all(tag) if "id" in node.attributes}
        links = [node.attributes["href"] for node in page.root.all("a")]
        self.assertTrue(all(link[0] == "#" and link[1:] in ids for link in links), links)
        self.assertEqual([node.attributes["aria-labelledby"] in ids for node in page.root.all("section")], [True] * 7)
        levels = [int(tag[1]) for tag in re.findall(r"<(h[1-6])", text)]
        self.assertEqual(levels[0], 1)
        self.assertTrue(all(there <= here + 1 for here, there in zip(levels, levels[1:])), levels)
        for table in page.root.all("table"):
            self.assertEqual(len(table.all("caption")), 1)
            self.assertTrue(all(cell.attributes["scope"] in ("row", "col") for cell in table.all("th")))
        for region in (node for node in page.root.all("div") if node.attributes.get("role") == "region"):
            self.assertEqual((region.attributes["tabindex"], bool(region.attributes["aria-label"])), ("0", True))
        return page

    def check_numbers(self, page, folder):
        """Each number of the table is the run's, and what is shown is it, rounded."""
        with open(folder / "snapshot_comparison.csv", newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        metrics = json.loads((folder / "snapshot_metrics.json").read_text())
        table = page.table("Each snapshot")
        self.assertEqual(len(table), len(rows))
        for got, row, entry in zip(table, rows, metrics["comparison"]):
            self.assertEqual(set(got), set(SCORES) | {"what it is"})
            for title, name in SCORES.items():
                self.assertEqual(exact(got[title]), float(row[name]), title)
            self.assertEqual((exact(got["step"]), exact(got["error"])), (entry["t"], entry["relative_l2"]))
            self.assertEqual(exact(got["persistence"]), entry["relative_l2_persistence"])
            self.assertEqual(got["what it is"].text, "training" if entry["train"] else "forecast")
        for data in page.root.all("data"):
            value = float(data.attributes["value"])
            self.assertLessEqual(abs(float(data.text) - value), 5.001e-4 * abs(value), data.text)
        return metrics

    def test_whole(self):
        """A run that makes its report: structure, numbers, who did the work, settings, animation."""
        folder = self.run_snapshots("run", "--report", "--tau", 0.2)
        page = self.check_page(folder / "snapshot_report.html")
        metrics = self.check_numbers(page, folder)
        self.assertNotIn("Missing", page.root.text)
        work = {row["part"].text: row for row in page.table("What was asked for")}
        self.assertEqual(work["decoding of states"]["did the work"].text, metrics["decode_backend_used"])
        self.assertEqual(work["decoding of states"]["on"].text, metrics["decode_device"])
        self.assertEqual(work["decoding of states"]["why"].text, metrics["decode_backend_reason"] or "\u2013")
        self.assertIn(metrics["device"]["name"], page.root.text)
        changed = {row["setting"].text: (row["value"].text, row["default"].text)
                   for row in page.table("Settings that differ")}
        self.assertEqual(changed, {"N": ("32", "128"), "steps": ("8", "400"), "stride": ("4", "20"),
                                   "[mask] tau": ("0.2", "auto")})
        stages = {row["stage"].text: exact(row["median"]) for row in page.table("Stages")}
        self.assertEqual(stages["whole decode"], metrics["timings_ms"]["total_ms"])
        self.assertEqual(exact(page.root.all("dl")[-1]), metrics["rollout_s"])
        pictures = [node.attributes["src"] for node in page.root.all("img")]
        for step in (0, 8):
            content = base64.b64encode((folder / f"snapshot_t{step:05}.png").read_bytes()).decode()
            self.assertIn("data:image/png;base64," + content, pictures)
        names = {entry["name"] for entry in json.loads((folder / "snapshot_run.json").read_text())["files"]}
        self.assertIn("report.html", names)
        if HAS_WEBP:
            self.check_animation(page, folder / "snapshot_animation.webp", 3)
            self.assertIn("animation.webp", names)

    def check_animation(self, page, path, count):
        content = path.read_bytes()
        chunks = webp_chunks(content)
        self.assertEqual(sum(name == "ANMF" for name, _ in chunks), count)
        self.assertEqual(struct.unpack("<IH", dict(chunks)["ANIM"])[1], 0)  # without end
        picture, = page.root.all("details")[0].all("img")  # closed: nothing moves unasked
        self.assertNotIn("open", page.root.all("details")[0].attributes)
        self.assertEqual(picture.attributes["src"], "data:image/webp;base64," + base64.b64encode(content).decode())

    def test_later(self):
        """A report of a run that was made without: as it would have been, with the animation of the saved fields."""
        folder = self.run_snapshots("run", "--save-decoded")
        self.succeed("report", folder, *(["--animate", self.path("a.webp")] if HAS_WEBP else []))
        page = self.check_page(folder / "snapshot_report.html")
        self.check_numbers(page, folder)
        if not HAS_WEBP:
            self.assertIn("There is no animation", page.root.text)
            return
        self.check_animation(page, self.folder / "a.webp", 3)
        before = (self.folder / "a.webp").read_bytes()
        self.run_snapshots("again", "--report")  # the frames come from memory there
        self.assertEqual((self.folder / "again" / "snapshot_animation.webp").read_bytes(), before)

    def test_missing(self):
        """Whatever is not there is named, what is there is shown; nothing at all is refused."""
        folder = self.run_snapshots("run", "--prefix", "a<b>&\"c'")
        prefix = folder / "a<b>&\"c'"
        self.succeed("report", folder)
        text = (folder / f"{prefix}_report.html").read_text()
        self.assertIn("a&lt;b&gt;&amp;&quot;c&#39;", text)
        self.assertNotIn("a<b>", text)
        for name, words in (("spectrum.csv", "spectrum"), ("comparison.csv", "baselines"), ("series.csv", "energy"),
                            ("run.json", "asked for"), ("t*.png", "pictures")):
            for path in folder.glob("*" + name.replace("t*", "_t*")):
                path.unlink()
            self.succeed("report", folder, "--prefix", prefix.name)
            page = self.check_page(folder / f"{prefix}_report.html")
            missing = [node.text for node in page.root.all("p") if node.attributes.get("class") == "missing"]
            self.assertTrue(any(line.startswith("Missing") and words in line and name in line for line in missing), missing)
        self.assertIn("Who did the work", page.root.text)
        (folder / f"{prefix}_metrics.json").write_text("{")
        self.succeed("report", folder, "--prefix", prefix.name)
        self.assertIn("cannot be read", (folder / f"{prefix}_report.html").read_text())
        os.mkfifo(f"{prefix}_series.csv")  # nobody waits for what a pipe may say
        self.succeed("report", folder, "--prefix", prefix.name)
        page = self.check_page(folder / f"{prefix}_report.html")
        missing = [node.text for node in page.root.all("p") if node.attributes.get("class") == "missing"]
        self.assertTrue(any("cannot be read" in line and "series.csv" in line for line in missing), missing)

    def test_ensemble(self):
        """Medians of the members, as their statistics have them, the picture of these, and nothing that is called missing."""
        folder = self.run_snapshots("run", "--members", 4, "--report")
        page = self.check_page(folder / "snapshot_report.html")
        made = [exact(row["least error"]) for row in page.table("Each snapshot beside the truth, as medians")]
        self.succeed("report", folder)
        page = self.check_page(folder / "snapshot_report.html")
        self.assertEqual([exact(row["least error"]) for row in page.table("Each snapshot beside the truth, as medians")], made)
        with np.load(folder / "snapshot_statistics.npz") as data:
            table = page.table("Each snapshot beside the truth, as medians")
            self.assertEqual([exact(row["step"]) for row in table], list(data["step"]))
            for column in "relative_l2", "relative_l2_persistence", "relative_l2_climatology", "relative_l2_encoding", "correlation":
                title = next(title for title, name in SCORES.items() if name == column)
                np.testing.assert_allclose([exact(row[title]) for row in table], data[f"{column}_quantiles"][2], rtol=1e-12)
            for title, extreme in ("least error", np.min), ("largest error", np.max):
                np.testing.assert_allclose([exact(row[title]) for row in table], extreme(data["relative_l2_members"], axis=0),
                                           rtol=1e-12)
        self.assertIn("the median relative L2 error of 4 members is", page.root.text)
        statistics = base64.b64encode((folder / "snapshot_statistics.png").read_bytes()).decode()
        self.assertIn(f"data:image/png;base64,{statistics}", [node.attributes["src"] for node in page.root.all("img")])
        self.assertEqual([node.text for node in page.root.all("p") if node.attributes.get("class") == "missing"], [])

    def test_refusals(self):
        folder = self.run_snapshots("run")
        self.refuse(BAD_USAGE, ["RUN"], "report")
        self.refuse(BAD_USAGE, ["nowhere"], "report", self.path("nowhere"))
        self.refuse(BAD_USAGE, ["no run", "--prefix"], "report", self.folder)
        self.refuse(BAD_USAGE, ["other"], "report", folder, "--prefix", "other")
        before = (folder / "snapshot_metrics.json").read_bytes()
        (folder / "by_another_name").hardlink_to(folder / "snapshot_metrics.json")
        for option in "--out", "--animate":
            self.refuse(BAD_USAGE, ["metrics.json", option, "'.json'"], "report", folder, option, folder / "snapshot_metrics.json")
            self.refuse(BAD_USAGE, ["by_another_name", option, "same file"], "report", folder, option, folder / "by_another_name")
        self.assertEqual((folder / "snapshot_metrics.json").read_bytes(), before)
        if HAS_WEBP:
            self.refuse(BAD_USAGE, ["--save-decoded"], "report", folder, "--animate", self.path("a.webp"))
        shutil.copy(folder / "snapshot_run.json", folder / "second_run.json")
        self.refuse(BAD_USAGE, ["second", "snapshot", "--prefix"], "report", folder)


if __name__ == "__main__":
    unittest.main()
