# SPDX-License-Identifier: MIT
"""The tree as a whole: each source is compiled once, files depend on each other in one direction, names are theirs alone."""
import json
import os
import tempfile
import unittest
from pathlib import Path

import tree

SOURCE = Path(os.environ["VORDEC_SOURCE"])
BUILD = Path(os.environ["VORDEC_BUILD"])


class Tree(unittest.TestCase):
    def expect_none(self, what, offenders):
        if offenders:
            self.fail(what + "".join(f"\n  {offender}" for offender in offenders))

    def test_sources_are_compiled_once(self):
        self.expect_none("compiled for several targets, where a static library would do:",
                         [f"{path}: {', '.join(made)}" for path, made in tree.compiled_twice(SOURCE, BUILD).items()])

    def test_no_circles(self):
        self.expect_none("these include each other:",
                         [" -> ".join([*circle, circle[0]])
                          for circle in tree.circles(tree.dependencies(SOURCE, BUILD))])

    def test_names_stand_once(self):
        self.expect_none("these names stand in several folders:",
                         [f"{name}: {', '.join(folders)}" for name, folders in tree.named_twice(SOURCE).items()])

    def test_enough_is_seen(self):
        """A rule that looks at nothing finds nothing."""
        graph = tree.dependencies(SOURCE, BUILD)
        self.assertGreater(len(tree.objects(SOURCE, BUILD)), 200)
        self.assertGreater(len(graph), 150)
        self.assertIn("core/include/vordec/types", graph["core/include/vordec/backend"])
        self.assertIn("core/policy/flags", graph["core/policy/select"])


class Offenders(unittest.TestCase):
    """Each rule names what breaks it, in a small tree of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-tree-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.commands = []
        self.put("core/engine.h", "")
        self.put("core/engine.c", '#include "engine.h"')

    def put(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def compile(self, path, target):
        self.commands.append({"directory": str(self.root / "build"), "file": str(self.root / path),
                              "command": f"cc -I{self.root} -I{self.root}/core/include -o {target}/{path}.o -c {path}"})
        self.put("build/compile_commands.json", json.dumps(self.commands))

    def test_compiled_twice(self):
        self.compile("core/engine.c", "library")
        self.assertEqual(tree.compiled_twice(self.root, self.root / "build"), {})
        self.compile("core/engine.c", "command")
        self.assertEqual(list(tree.compiled_twice(self.root, self.root / "build")), ["core/engine.c"])

    def test_kernels_are_compiled_for_each_instruction_set(self):
        for isa in "baseline", "avx2":
            self.compile("numerics/product.c", isa)
        self.assertEqual(tree.compiled_twice(self.root, self.root / "build"), {})

    def circles(self):
        self.compile("core/engine.c", "library")
        return tree.circles(tree.dependencies(self.root, self.root / "build"))

    def test_circle_of_headers(self):
        self.put("core/decoder.h", '#include "engine.h"')
        self.assertEqual(self.circles(), [])
        self.put("core/engine.h", '#include "decoder.h"')
        self.assertEqual(self.circles(), [["core/decoder", "core/engine"]])

    def test_circle_through_a_source(self):
        self.put("core/decoder.h", '#include "engine.h"')
        self.put("core/engine.c", '#include "engine.h"\n#  include "decoder.h"')
        self.assertEqual(self.circles(), [["core/decoder", "core/engine"]])

    def test_circle_over_folders(self):
        self.put("core/engine.c", '#include "io/npy.h"')
        self.put("io/npy.h", "#include <vordec/types.h>")
        self.assertEqual(self.circles(), [])
        self.put("core/include/vordec/types.h", '#include "core/engine.h"')
        self.assertEqual(self.circles(), [["core/engine", "io/npy", "core/include/vordec/types"]])

    def test_named_twice(self):
        self.put("plugins/cpu/mask.c", "")
        self.put("plugins/vulkan/plan/mask.c", "")
        self.put("shaders/engine.comp", "")
        self.put("core/CMakeLists.txt", "")
        self.put("io/CMakeLists.txt", "")
        self.assertEqual(tree.named_twice(self.root), {})
        self.put("plugins/cpu/engine.h", "")
        self.assertEqual(tree.named_twice(self.root), {"engine (C)": ["core", "plugins/cpu"]})


if __name__ == "__main__":
    unittest.main()
