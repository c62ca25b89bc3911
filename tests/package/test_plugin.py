# SPDX-License-Identifier: MIT
"""A backend built outside the tree with the installed add_vordec_plugin()."""
import json
import re
import shutil
import unittest

from package_support import BUILD, CMAKE, COMMAND, INSTALLED, SOURCE, STATE, PackageTest

EXAMPLE = SOURCE / "examples" / "plugin" / "direct.c"
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(backend LANGUAGES C)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(vordec 0.1 REQUIRED)
add_vordec_plugin({name} {source})
target_link_libraries(decode_{name} PRIVATE m)
file(WRITE ${{CMAKE_BINARY_DIR}}/folder "${{VORDEC_PLUGIN_DIR}}")
"""


class Plugin(PackageTest):
    def project(self, name, source):
        folder = self.folder / "project"
        folder.mkdir()
        (folder / "CMakeLists.txt").write_text(PROJECT.format(name=name, source=source.name))
        shutil.copy(source, folder)
        return folder

    def test_builds_and_decodes(self):
        build = self.cmake(self.project("direct", EXAMPLE))
        plugin = build / "decode_direct.so"
        symbols = self.succeed("nm", "-D", "--defined-only", plugin).stdout.split()
        self.assertEqual(symbols[2::3], ["vordec_backend_entry"])
        self.assertNotIn(" U vordec", self.succeed("nm", "-D", plugin).stdout)

        self.succeed(COMMAND, "decode", "--plugins-path", build, "--decode-backend", "direct", "--z0-npz", STATE, "--out",
                     "fields.npz", "--metrics-json", "metrics.json")
        self.assertEqual(json.loads((self.folder / "metrics.json").read_text())["decode_backend_used"], "direct")

    def test_warnings_are_the_authors_choice(self):
        build = self.cmake(self.project("direct", EXAMPLE))
        command = json.loads((build / "compile_commands.json").read_text())[0]["command"]
        self.assertIn("-fvisibility=hidden", command)
        self.assertNotRegex(command, r" -W")
        self.assertEqual((build / "folder").read_text(), str(next(INSTALLED.rglob("decode_cpu.so")).parent))
        ours = json.loads((BUILD / "compile_commands.json").read_text())
        self.assertRegex(next(unit["command"] for unit in ours if re.search(r"plugins/cpu/cpu_plan\.c$", unit["file"])),
                         r" -Wall ")

    def test_a_name_that_would_not_be_found_is_refused(self):
        project = self.project("Direct", EXAMPLE)
        done = self.call(CMAKE, "-S", project, "-B", "build", f"-DCMAKE_PREFIX_PATH={INSTALLED}")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("add_vordec_plugin(Direct)", done.stderr)

    def test_a_missing_symbol_shows_when_linking(self):
        """Plugins do not link libvordec: what they call of it would be missing only when they are loaded."""
        source = self.folder / "caller.c"
        source.write_text("#include <vordec/backend.h>\nextern const char *vordec_version(void);\n"
                          "const struct vordec_backend *vordec_backend_entry(uint32_t abi, const struct vordec_host *host) {"
                          "  (void)abi; (void)host; return vordec_version() ? 0 : 0; }\n")
        project = self.project("caller", source)
        self.succeed(CMAKE, "-S", project, "-B", "build", f"-DCMAKE_PREFIX_PATH={INSTALLED}")
        done = self.call(CMAKE, "--build", "build")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("vordec_version", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
