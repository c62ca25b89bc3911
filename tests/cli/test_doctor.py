# SPDX-License-Identifier: MIT
"""vordec doctor: it says what is there, whatever is broken, and is not taken down by it."""

import contextlib
import json
import os
import pathlib
import shutil
import time
import unittest
import unittest.mock

import jsonschema
from cli_support import BAD_USAGE, DIFFERENT, REFUSED, SOURCE, STUBS, CommandTest

SCHEMA = json.loads((SOURCE / "docs" / "doctor.schema.json").read_text())
HOSTILE = pathlib.Path(STUBS).resolve() / "hostile"
LLVMPIPE = pathlib.Path("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json")
INSTALLED = pathlib.Path(os.environ["VORDEC_COMMAND"]).resolve().parent.parent / "lib" / "vordec"


def loader_search(said):
    """Folders and files of the first search for drivers, from what the loader logs about it."""
    folders, files, into = [], [], None
    for line in said.splitlines():
        words = line.removeprefix("DRIVER:").strip()
        if words == "In following locations:" and into is None:
            into = folders
        elif words == "Found the following files:" and into is folders:
            into = files
        elif into is not None and line.startswith("DRIVER:") and words.startswith("/"):
            into.append(words)
        elif into is not None:
            break
    return folders, files


@contextlib.contextmanager
def without_drivers_named():
    """Leaves what cli_support.py sets, so that the standard folders count."""
    with unittest.mock.patch.dict(os.environ):
        for name in "VK_DRIVER_FILES", "VK_ICD_FILENAMES":
            del os.environ[name]
        yield


class DoctorTest(CommandTest):
    def plugins(self, *names, folder="plugins"):
        """A folder with links to these stubs; returns its path."""
        path = self.folder / folder
        path.mkdir(exist_ok=True)
        for name in names:
            source = pathlib.Path(STUBS).resolve() / f"decode_{name}.so"
            os.symlink(source if source.exists() else HOSTILE / source.name, path / source.name)
        return str(path)

    def doctor(self, code, *arguments, env=None, **options):
        """The report, which agrees with the schema and with the exit code."""
        home = {"HOME": str(self.folder), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""}
        done = self.call("doctor", "--json", *arguments, env={**home, **(env or {})}, **options)
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout)
        report = json.loads(done.stdout)
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
        self.assertEqual(report["exit_code"], code)
        return report

    def backend(self, report, name):
        entry, = (entry for entry in report["backends"] if entry["backend"] == name)
        return entry

    def device(self, report, name):
        entry, = self.backend(report, name)["devices"]
        return entry

    def advises(self, report, *parts):
        self.assertTrue(any(all(part in line for part in parts) for line in report["advice"]), report["advice"])


class Ordinary(DoctorTest):
    def test_cpu(self):
        """The reference itself is checked against direct sums."""
        report = self.doctor(0, "--plugins-path", self.plugins("cpu"))
        device = self.device(report, "cpu")
        self.assertTrue(device["usable"])
        trial = device["trial"]
        self.assertEqual((trial["state"], trial["precision"], trial["decode_device"]), ("ok", "fp64", "cpu"))
        self.assertLess(trial["direct_error"], 1e-14)
        self.assertLess(trial["mean_abs_error"], 1e-14)
        self.assertEqual(trial["mask_differs"], 0)
        choice = report["choice"]
        self.assertEqual((choice["state"], choice["decode_backend_used"], choice["dtype"]), ("ok", "cpu", "float64"))

    def test_twice(self):
        """A second run says the same, timings and cache aside."""
        def stable(report):
            report["vulkan"].pop("kernel_cache")
            for backend in report["backends"]:
                for device in backend["devices"]:
                    for key in "setup_ms", "decode_ms":
                        device.get("trial", {}).pop(key, None)
            return report
        self.assertEqual(stable(self.doctor(0)), stable(self.doctor(0)))

    def test_each_device_is_tried(self):
        report = self.doctor(DIFFERENT, "--plugins-path", self.plugins("cpu", "two_devices"))
        devices = self.backend(report, "two_devices")["devices"]
        self.assertEqual([device["index"] for device in devices], [0, 1])
        self.assertTrue(all("trial" in device for device in devices))

    def test_text(self):
        """The same figures, for people; what is broken stands out."""
        done = self.call("doctor", "--plugins-path", self.plugins("cpu", "wrong_field", "crashes_on_load", "software"))
        self.assertEqual((done.returncode, done.stderr), (DIFFERENT, ""))
        for part in ("loading and probing it crashed (signal 11: ", "WRONG: error 1.0e-05 against direct sums",
                     "cpu 0  ", "parity ok: ", "tried all the same", "refused (software-device)", "(--plugins-path)",
                     "does not decode", "What to do\n", "VK_DRIVER_FILES", "broken  /nonexistent"):
            self.assertIn(part, done.stdout)

    def test_usage(self):
        self.refuse(BAD_USAGE, ["--time-limit '0'"], "doctor", "--time-limit", "0")
        self.refuse(BAD_USAGE, ["nonsense"], "doctor", "--nonsense")
        self.refuse(BAD_USAGE, ["--metrics-json"], "doctor", "--metrics-json", "m.json")

    def test_a_configuration_that_does_not_suit_the_sample(self):
        """A window wider than its grid says nothing about the machine."""
        report = self.doctor(0, "--plugins-path", self.plugins("cpu"), "--mask-smooth-width", "101")
        self.assertEqual(self.device(report, "cpu")["trial"]["state"], "ok")


class Folders(DoctorTest):
    def because(self, *arguments, **options):
        folder = self.doctor(0, *arguments, **options)["plugin_folder"]
        return folder["path"], folder["because"]

    def test_where_the_folder_comes_from(self):
        plugins = self.plugins("cpu")
        self.assertEqual(self.because(), (str(INSTALLED), "beside the library"))
        self.assertEqual(self.because(env={"VORDEC_PLUGIN_PATH": plugins}), (plugins, "VORDEC_PLUGIN_PATH"))
        ini = self.folder / "f.ini"
        ini.write_text("[plugins]\npath = plugins\n")
        path, because = self.because("--config", ini, env={"VORDEC_PLUGIN_PATH": "/nonexistent"})
        self.assertEqual(path, plugins)
        self.assertIn("f.ini", because)
        self.assertEqual(self.because("--plugins-path", plugins), (plugins, "--plugins-path"))

    def test_no_folder(self):
        report = self.doctor(REFUSED, "--plugins-path", self.path("none"))
        self.assertIn("No such file", report["plugin_folder"]["problem"])
        self.assertEqual((report["backends"], report["choice"]["reason"]), ([], "plugin-not-found"))
        self.advises(report, "decode_cpu.so is not in the plugin folder")
        self.advises(report, "decode_vulkan.so is not in the plugin folder")

    def test_files_that_are_no_plugins(self):
        folder = self.plugins("cpu", "wrong_abi", "not_elf", "wrong_name")
        (self.folder / "plugins" / "decode_Bad Name.so").touch()
        report = self.doctor(0, "--plugins-path", folder)
        reasons = {entry["backend"]: entry.get("reason") for entry in report["backends"]}
        self.assertEqual(reasons, {"Bad Name": "plugin-name", "not_elf": "plugin-load", "wrong_abi": "plugin-abi",
                                   "wrong_name": "plugin-identity", "cpu": None})
        self.assertEqual(report["backends"][-1]["backend"], "cpu")
        self.advises(report, "wrong_abi", "rebuild the plugin")


class Parity(DoctorTest):
    def test_a_wrong_field(self):
        report = self.doctor(DIFFERENT, "--plugins-path", self.plugins("cpu", "wrong_field"))
        trial = self.device(report, "wrong_field")["trial"]
        self.assertEqual(trial["state"], "differs")
        self.assertAlmostEqual(trial["direct_error"], 1e-5, delta=1e-6)
        self.assertAlmostEqual(trial["mean_abs_error"], 1e-5, delta=1e-6)
        self.advises(report, "wrong_field", "decodes wrongly")
        report = self.doctor(DIFFERENT, "--plugins-path", self.plugins("wrong_field", folder="alone"))
        self.assertEqual(self.device(report, "wrong_field")["trial"]["state"], "differs")  # by the direct sums alone

    def test_a_wrong_mask(self):
        """The field is right, the mask is empty: seen where there is a reference, and said where there is none."""
        trial = self.device(self.doctor(DIFFERENT, "--plugins-path", self.plugins("cpu", "ok")), "ok")["trial"]
        self.assertEqual(trial["state"], "differs")
        self.assertLess(trial["mean_abs_error"], trial["tolerance"])
        self.assertGreater(trial["mask_differs"], 0)
        report = self.doctor(0, "--plugins-path", self.plugins("ok", folder="alone"))
        trial = self.device(report, "ok")["trial"]
        self.assertEqual(trial["state"], "ok")
        self.assertIn("decode_cpu.so", trial["not_compared"])
        self.advises(report, "decode_cpu.so is not in the plugin folder")

    def test_a_plugin_that_lies(self):
        report = self.doctor(0, "--plugins-path", self.plugins("cpu", "no_dispatch"), "--decode-backend", "cpu")
        trial = self.device(report, "no_dispatch")["trial"]
        self.assertEqual((trial["state"], trial["reason"]), ("refused", "evidence"))

    def test_the_configuration_decides(self):
        """What else would work does not help a run that asks for something else."""
        folder = self.plugins("cpu")
        report = self.doctor(REFUSED, "--plugins-path", folder, "--decode-backend", "vulkan")
        self.assertEqual((report["choice"]["state"], report["choice"]["reason"]), ("refused", "plugin-not-found"))
        self.assertEqual(self.device(report, "cpu")["trial"]["state"], "ok")
        report = self.doctor(0, "--plugins-path", folder, "--decode-backend", "vulkan", "--permissive")
        self.assertEqual(report["choice"]["perf_flags"], ["GPU_DECODE_FALLBACK_CPU"])


class Hostile(DoctorTest):
    def test_an_exit_in_the_middle_is_no_success(self):
        folder = self.plugins("cpu", "exits_on_load", folder="exits")
        for arguments in (["devices"], ["decode", "--z0-npz", self.state(), "--out",
                                        self.path("out.npz"), "--decode-backend", "exits_on_load"]):
            done = self.call(*arguments, "--plugins-path", folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn("a library ended the process before the command was done", done.stderr)

    def test_plugins_that_end_the_process(self):
        for name, trouble in (("crashes_on_load", "signal 11"), ("exits_on_load", "exit code 0"),
                              ("aborts_on_probe", "signal 6")):
            with self.subTest(name):
                folder = self.plugins("cpu", name, folder=name)
                report = self.doctor(REFUSED, "--plugins-path", folder)
                self.assertIn(trouble, self.backend(report, name)["trouble"])
                self.assertEqual(self.device(report, "cpu")["trial"]["state"], "ok")
                self.assertEqual(report["choice"]["state"], "broken")  # auto would load it
                self.advises(report, name, "remove its plugin")
                report = self.doctor(0, "--plugins-path", folder, "--decode-backend", "cpu")
                self.assertIn(trouble, self.backend(report, name)["trouble"])

    def test_plugins_that_fail_while_decoding(self):
        for name, trouble in ("crashes_on_decode", "signal 11"), ("hangs_on_decode", "not finished after 1 s"):
            with self.subTest(name):
                report = self.doctor(REFUSED, "--plugins-path", self.plugins("cpu", name, folder=name),
                                     "--time-limit", "1")
                trial = self.device(report, name)["trial"]
                self.assertEqual(trial["state"], "broken")
                self.assertIn(trouble, trial["detail"])
                self.assertIn(trouble, report["choice"]["detail"])

    def test_a_plugin_that_hangs(self):
        start = time.monotonic()
        report = self.doctor(REFUSED, "--plugins-path", self.plugins("cpu", "hangs_on_probe"), "--time-limit", "1")
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(self.backend(report, "hangs_on_probe")["trouble"], "had not finished after 1 s")
        self.assertEqual(self.device(report, "cpu")["trial"]["state"], "ok")


class Place(DoctorTest):
    """Where it runs, by a made-up machine: its /sys, /dev and the like are in a folder."""

    def machine(self, *cards, nodes=(), files=(), programs=(), drivers=None, **env):
        """Cards are (vendor, device, kernel driver or None); nodes that begin with ! may not be opened."""
        root = self.folder / "root"
        shutil.rmtree(root, ignore_errors=True)
        for number, (vendor, device, driver) in enumerate(cards):
            card = root / "sys" / "bus" / "pci" / "devices" / f"0000:0{number}:00.0"
            card.mkdir(parents=True)
            for name, text in ("class", "0x030200"), ("vendor", vendor), ("device", device):
                (card / name).write_text(text + "\n")
            if driver:
                (card / "driver").symlink_to(f"../../../../bus/pci/drivers/{driver}")
        bridge = root / "sys" / "bus" / "pci" / "devices" / "0000:0f:00.0"
        bridge.mkdir(parents=True)
        (bridge / "class").write_text("0x060400\n")
        (bridge / "vendor").write_text("0x10de\n")
        for name in (*nodes, *files):
            path = root / name.lstrip("!/")
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.startswith("!"):
                path.symlink_to("/nonexistent")  # which root may not open either
            else:
                path.touch()
        (root / "bin").mkdir(parents=True, exist_ok=True)
        for name in programs:
            (root / "bin" / name).touch(mode=0o755)
        env = {"VORDEC_TEST_ROOT": str(root), "PATH": str(root / "bin"), "SLURM_JOB_ID": "", "container": "", **env}
        if drivers:
            env["VK_DRIVER_FILES"] = drivers
        return self.doctor(0, "--plugins-path", self.cpu, env=env)

    def setUp(self):
        super().setUp()
        self.cpu = self.plugins("cpu")

    def advice(self, report):
        return [line for line in report["advice"] if "decode_vulkan.so" not in line and "VK_DRIVER_FILES" not in line
                and "/nonexistent" not in line and "compiled kernels" not in line]

    def test_a_card_without_a_driver(self):
        report = self.machine(("0x10de", "0x2330", None), ("0x1002", "0x744c", None), ("0x8086", "0x56a0", "vfio-pci"),
                              ("0x1a03", "0x2000", None))  # the last is a server's console
        self.assertEqual([(card["maker"], card["id"], card["driver"]) for card in report["place"]["cards"]],
                         [("NVIDIA", "10de:2330", None), ("AMD", "1002:744c", None), ("Intel", "8086:56a0", "vfio-pci")])
        lines = self.advice(report)
        self.assertEqual(len(lines), 3)
        self.assertIn("the NVIDIA GPU at 0000:00:00.0 (10de:2330) has no kernel driver: install nvidia-driver", lines[0])
        self.assertIn("the AMD GPU at 0000:01:00.0 (1002:744c) has no kernel driver", lines[1])
        self.assertIn("set aside for a virtual machine", lines[2])
        report = self.machine(("0x10de", "0x2330", "nouveau"))
        self.advises(report, "is run by nouveau, not by nvidia")
        report = self.machine(("0x10de", "0x2330", "nvidia"), nodes=["/dev/nvidia0"])
        self.assertFalse([line for line in report["advice"] if "kernel driver" in line or "may not be opened" in line])

    def test_no_gpu_at_all(self):
        self.advises(self.machine(), "no GPU is visible to this process", "backend cpu")

    def test_login_node(self):
        report = self.machine(programs=["srun"])
        self.assertEqual((report["place"]["scheduler"], report["place"]["in_job"]), ("slurm", False))
        self.advises(report, "login node", "srun --gres=gpu:1 vordec doctor")
        self.advises(self.machine(programs=["srun"], SLURM_JOB_ID="7"), "no GPU is visible to this job", "--gres=gpu:1")

    def test_containers(self):
        nvidia, amd = ("0x10de", "0x2330", "nvidia"), ("0x1002", "0x744c", "amdgpu")
        for cards, files, env, kind, parts in (
                ([nvidia], ["/.dockerenv"], {}, "docker", ["NVIDIA GPU", "docker run --gpus all", "nvidia_icd.json"]),
                ([amd], ["/run/.containerenv"], {}, "podman", ["AMD GPU", "podman run --device /dev/dri", "radeon_icd"]),
                ([nvidia], [], {"APPTAINER_CONTAINER": "x.sif"}, "apptainer", ["apptainer exec --nv", "nvidia_icd.json"]),
                ([], ["/.dockerenv"], {}, "docker", ["no GPU is visible to this container", "--device /dev/dri"])):
            with self.subTest(kind=kind, cards=cards):
                report = self.machine(*cards, files=files, **env)
                self.assertEqual(report["place"]["container"], kind)
                self.advises(report, *parts)
                self.assertFalse([line for line in report["advice"] if "no kernel driver" in line])

    def test_a_node_that_may_not_be_opened(self):
        report = self.machine(("0x1002", "0x744c", "amdgpu"), nodes=["!/dev/dri/renderD128", "/dev/dri/renderD129"])
        nodes = report["vulkan"]["device_nodes"]
        self.assertEqual([(node["path"], node["accessible"]) for node in nodes],
                         [("/dev/dri/renderD128", False), ("/dev/dri/renderD129", True)])
        self.advises(report, "/dev/dri/renderD128 may not be opened by this user", "group")
        self.assertFalse([line for line in report["advice"] if "renderD129" in line])
        report = self.machine(nodes=["!/dev/dri/renderD128"], files=["/.dockerenv"])
        self.advises(report, "/dev/dri/renderD128 may not be opened in this container", "--group-add")

    @unittest.skipUnless(LLVMPIPE.exists() and (INSTALLED / "decode_vulkan.so").exists(), "no llvmpipe, or no Vulkan")
    def test_software_is_for_tests(self):
        report = self.doctor(0, env={"VK_DRIVER_FILES": str(LLVMPIPE)})
        self.advises(report, "backend vulkan on llvmpipe", "runs on the CPU, which is for tests only", "backend cpu",
                     "--allow-software-device")


class Vulkan(DoctorTest):
    def manifest(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def named(self, name, library):
        return self.manifest(name, json.dumps({"file_format_version": "1.0.0",
                                               "ICD": {"library_path": library, "api_version": "1.1.0"}}))

    def has_vulkan(self):
        report = self.doctor(0, "--decode-backend", "cpu")
        plugins = [entry["backend"] for entry in report["backends"]]
        return "vulkan" in plugins and "path" in report["vulkan"]["loader"]

    def manifests(self, *paths, **env):
        report = self.doctor(0, "--decode-backend", "cpu", "--time-limit", "5",
                             env={"VK_DRIVER_FILES": ":".join(paths), **env})
        return {os.path.basename(entry["path"]): entry for entry in report["vulkan"]["manifests"]}, report

    def test_no_loader(self):
        (self.folder / "libvulkan.so.1").touch()
        report = self.doctor(0, env={"LD_LIBRARY_PATH": str(self.folder)})
        self.assertIn("libvulkan.so.1", report["vulkan"]["loader"]["problem"])
        self.advises(report, "libvulkan1")
        if any(entry["backend"] == "vulkan" for entry in report["backends"]):
            self.assertEqual(self.backend(report, "vulkan")["reason"], "no-loader")

    def test_no_driver(self):
        (self.folder / "empty").mkdir()
        report = self.doctor(0, env={"VK_DRIVER_FILES": self.path("empty")})
        self.assertEqual((report["vulkan"]["manifests"], report["vulkan"]["searched_because"]),
                         ([], "VK_DRIVER_FILES"))
        self.advises(report, "VK_DRIVER_FILES names no usable driver")
        if any(entry["backend"] == "vulkan" for entry in report["backends"]):
            self.assertEqual(self.backend(report, "vulkan")["reason"], "no-driver")

    def test_broken_manifests(self):
        (self.folder / "text.so").write_text("not a library\n")
        found, report = self.manifests(
            self.manifest("garbage.json", "{"), self.manifest("empty.json", ""),
            self.manifest("no_library.json", '{"ICD": {}}'), self.manifest("list.json", "[1]"),
            self.named("absent.json", "libvulkan_absent.so"), self.named("relative.json", "./text.so"),
            self.named("no_driver.json", str(pathlib.Path(STUBS).resolve() / "decode_ok.so")),
            self.named("crashes.json", str(HOSTILE / "decode_crashes_on_load.so")), self.path("nowhere.json"))
        problems = {"garbage.json": "not JSON", "empty.json": "not JSON", "no_library.json": "library_path in ICD",
                    "list.json": "library_path in ICD", "absent.json": "libvulkan_absent.so",
                    "relative.json": str(self.folder) + "/./text.so", "no_driver.json": "vk_icdGetInstanceProcAddr",
                    "crashes.json": "opening it crashed (signal 11", "nowhere.json": "No such file"}
        self.assertEqual(found.keys(), problems.keys())
        for name, part in problems.items():
            self.assertEqual(found[name]["state"], "broken", name)
            self.assertIn(part, found[name]["problem"])
            self.advises(report, name, "is broken", "VK_DRIVER_FILES")
        if any(entry["backend"] == "vulkan" for entry in report["backends"]):
            self.assertIn("reason", self.backend(report, "vulkan"))

    def test_another_architecture(self):
        """A 32-bit driver beside the 64-bit one is no fault: the loader passes over it."""
        foreign = self.folder / "foreign.so"
        header = bytearray((pathlib.Path(STUBS).resolve() / "decode_ok.so").read_bytes())
        header[4] = 1  # ELFCLASS32
        foreign.write_bytes(header)
        found, report = self.manifests(self.named("foreign.json", str(foreign)))
        self.assertEqual(found["foreign.json"]["state"], "other-architecture")
        self.assertFalse(any("foreign.json" in line for line in report["advice"]))

    def test_filters(self):
        with without_drivers_named():
            report = self.doctor(0, "--decode-backend", "cpu", env={"VK_LOADER_DRIVERS_DISABLE": "*"})
        self.assertEqual(report["vulkan"]["searched_because"], "standard folders")
        self.assertEqual(report["vulkan"]["filters"], {"VK_LOADER_DRIVERS_DISABLE": "*"})
        self.advises(report, "VK_LOADER_DRIVERS_DISABLE")

    def test_no_driver_in_the_standard_folders(self):
        nowhere = {name: self.path("none") for name in ("XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "HOME")}
        with without_drivers_named():
            report = self.doctor(0, "--decode-backend", "cpu", env=nowhere)
        if not report["vulkan"]["manifests"]:  # /etc/vulkan/icd.d cannot be hidden
            self.advises(report, "no Vulkan driver", "mesa-vulkan-drivers")

    def test_the_loader_looks_in_the_same_places(self):
        """Folders and files against what libvulkan itself says."""
        for name in "own/vulkan/icd.d", "shared/vulkan/icd.d", "more":
            (self.folder / name).mkdir(parents=True)
            self.named(f"{name}/a.json", "libvulkan_absent.so")
            self.manifest(f"{name}/b.txt", "not a manifest")
        cases = {
            "standard": {},
            "own": {"XDG_DATA_HOME": self.path("own"), "XDG_CONFIG_HOME": self.path("config")},
            "shared": {"XDG_DATA_DIRS": f"{self.path('shared')}:/usr/share", "XDG_CONFIG_DIRS": "/etc/xdg:/opt"},
            "added": {"VK_ADD_DRIVER_FILES": f"{self.path('more')}:{self.path('own/vulkan/icd.d/a.json')}"},
            "replaced": {"VK_DRIVER_FILES": self.path("more"), "VK_ADD_DRIVER_FILES": "/nonexistent",
                         "VK_ICD_FILENAMES": "/nonexistent"},
            "empty": {"VK_DRIVER_FILES": "", "VK_ICD_FILENAMES": self.path("own/vulkan/icd.d/a.json")},
            "old name": {"VK_ICD_FILENAMES": self.path("own/vulkan/icd.d/a.json")},
        }
        if not self.has_vulkan():
            self.skipTest("no Vulkan plugin, or no loader")
        for name, changes in cases.items():
            with self.subTest(name):
                env = {"HOME": str(self.folder), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": "", **changes}
                with without_drivers_named():
                    said = self.call("devices", env={**env, "VK_LOADER_DEBUG": "all"}).stderr
                    report = self.doctor(0, "--decode-backend", "cpu", env=env)["vulkan"]
                folders, files = loader_search(said)
                self.assertEqual(report["searched"], folders)
                self.assertEqual(sorted(entry["path"] for entry in report["manifests"]
                                        if entry.get("problem") != "No such file or directory"), sorted(files))

    @unittest.skipUnless(LLVMPIPE.exists() and (INSTALLED / "decode_vulkan.so").exists(), "no software Vulkan device")
    def test_llvmpipe(self):
        env = {"VK_DRIVER_FILES": str(LLVMPIPE)}
        report = self.doctor(0, env=env)
        manifest, = report["vulkan"]["manifests"]
        self.assertEqual(manifest["state"], "ok")
        device = self.device(report, "vulkan")
        self.assertEqual((device["type"], device["usable"], device["reason"]), ("software", False, "software-device"))
        trial = device["trial"]
        self.assertEqual((trial["state"], trial["decode_device"], trial["precision"]), ("ok", "cpu", "fp32"))
        self.assertGreater(trial["direct_error"], 0)
        self.assertEqual(report["choice"]["decode_backend_used"], "cpu")
        self.assertIn("software-device", report["choice"]["decode_backend_reason"])
        self.advises(report, "allow_software_device = true")
        self.assertGreater(report["vulkan"]["kernel_cache"]["files"] +
                           self.doctor(0, env=env)["vulkan"]["kernel_cache"]["files"], 0)
        report = self.doctor(0, "--decode-allow-software-device", "true", "--decode-backend", "vulkan", env=env)
        self.assertTrue(self.device(report, "vulkan")["usable"])
        self.assertEqual((report["choice"]["decode_backend_used"], report["choice"]["decode_device"],
                          report["choice"]["perf_flags"]), ("vulkan", "cpu", ["SOFTWARE_DEVICE"]))


class Cache(DoctorTest):
    def cache(self, **env):
        return self.doctor(0, "--decode-backend", "cpu", env=env)["vulkan"]["kernel_cache"]

    def test_folder(self):
        home = str(self.folder)
        self.assertEqual(self.cache(), {"folder": f"{home}/.cache/vordec", "files": 0, "bytes": 0, "writable": True})
        self.assertFalse((self.folder / ".cache").exists())  # looking makes nothing
        (self.folder / "x" / "vordec").mkdir(parents=True)
        (self.folder / "x" / "vordec").chmod(0o700)
        (self.folder / "x" / "vordec" / "1.bin").write_bytes(b"12345")
        self.assertEqual(self.cache(XDG_CACHE_HOME=self.path("x")),
                         {"folder": self.path("x/vordec"), "files": 1, "bytes": 5, "writable": True})
        self.assertEqual(self.cache(HOME="relative")["folder"], None)

    def test_not_writable(self):
        (self.folder / "file").touch()
        report = self.doctor(0, "--decode-backend", "cpu", env={"XDG_CACHE_HOME": self.path("file")})
        self.assertFalse(report["vulkan"]["kernel_cache"]["writable"])
        self.advises(report, "XDG_CACHE_HOME")
        self.assertFalse(self.cache(XDG_CACHE_HOME=self.path("a/b/c"))["writable"])
        (self.folder / "shared" / "vordec").mkdir(parents=True)
        (self.folder / "shared" / "vordec").chmod(0o777)
        report = self.doctor(0, "--decode-backend", "cpu", env={"XDG_CACHE_HOME": self.path("shared")})
        self.assertFalse(report["vulkan"]["kernel_cache"]["writable"])
        self.advises(report, "only this user may write")


if __name__ == "__main__":
    unittest.main()
