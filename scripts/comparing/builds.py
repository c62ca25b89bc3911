# SPDX-License-Identifier: MIT
"""A build to compare: a build folder, an installed prefix, or a git revision that is built here."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "compare"

# What the caller's environment may say to a run: which Vulkan drivers there are, and where programs lie.
KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")


class Missing(Exception):
    """A build that is not there or cannot be made; the text says why."""


class Build:
    def __init__(self, label, name, folder):
        self.label, self.name, self.folder = label, name, pathlib.Path(folder).resolve()
        self.command = self.folder / "bin" / "vordec"
        if not self.command.is_file():
            raise Missing(f"{name}: no bin/vordec in it")
        self.libvordec = next(iter(sorted(self.folder.glob("lib*/**/libvordec.so.0"))), None)
        self.plugins = {path.name: path for path in self.folder.glob("lib*/**/vordec/decode_*.so")}
        self.python = self._find_python()
        self.cache = WORK / "cache" / self._digest()
        printed = self.run(["config", "--print"], self.folder).stdout
        # The transform of the Vulkan backend that sums columns has had two names.
        self.pruned = "vkfft-pruned" if "vkfft-pruned" in printed else "pruned"

    def _digest(self):
        """Compiled kernels and what was measured belong to one build alone; a script that wraps one counts for itself."""
        digest = hashlib.blake2b(digest_size=8)
        for path in [self.command, self.libvordec, *(self.plugins[name] for name in sorted(self.plugins))]:
            digest.update(path.read_bytes() if path else b"")
        return digest.hexdigest()

    def _source(self):
        cache = self.folder / "CMakeCache.txt"
        if not cache.is_file():
            return None
        found = re.search(r"^CMAKE_HOME_DIRECTORY:\w+=(.+)$", cache.read_text(), re.M)
        return pathlib.Path(found.group(1)) if found else None

    def _find_python(self):
        """The folder that holds its Python package."""
        source = self._source()
        places = [source / "python"] if source else sorted(self.folder.glob("lib/python*/*-packages"))
        return next((place for place in places if (place / "vordec" / "__init__.py").is_file()), None)

    def environment(self, **more):
        kept = {key: value for key, value in os.environ.items() if key in KEPT or key.startswith("VK_")}
        bundled = self.folder / "bundled"
        if bundled.is_dir():  # what a bundle for another host brings along
            kept["LD_LIBRARY_PATH"] = ":".join(filter(None, (str(bundled), kept.get("LD_LIBRARY_PATH"))))
        kept.update(HOME=str(self.cache), XDG_CACHE_HOME=str(self.cache), LC_ALL="C.UTF-8", **more)
        self.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        return kept

    def python_environment(self):
        return self.environment(PYTHONPATH=str(self.python), PYTHONDONTWRITEBYTECODE="1",
                                VORDEC_LIBRARY=str(self.libvordec))

    def run(self, arguments, folder, timeout=600, **options):
        return subprocess.run([self.command, *map(str, arguments)], cwd=folder, env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=timeout, check=False, **options)

    def texts(self):
        """Manual pages and completions, by name."""
        found = {}
        for path in [*self.folder.rglob("vordec*.1"), *self.folder.rglob("vordec.bash"), *self.folder.rglob("_vordec"),
                     *self.folder.glob("share/bash-completion/completions/vordec")]:
            if path.is_file():
                found[{"vordec": "vordec.bash"}.get(path.name, path.name)] = path.read_text()
        return found


def _call(arguments, **options):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise Missing(f"{' '.join(map(str, arguments))}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout.strip()


def _build_revision(revision):
    """The build folder of a revision: cloned and built below build/compare, as scripts/package would build it."""
    commit = _call(["git", "-C", ROOT, "rev-parse", "--verify", "--quiet", revision + "^{commit}"])
    source = WORK / "revisions" / commit[:12]
    built = source / "build" / "compare"
    if (built / "complete").exists():
        return built
    if source.exists():
        shutil.rmtree(source)
    source.parent.mkdir(parents=True, exist_ok=True)
    _call(["git", "clone", "--quiet", "--shared", "--no-checkout", ROOT, source])
    _call(["git", "-C", source, "checkout", "--quiet", commit])
    launcher = [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX") if shutil.which("ccache")]
    _call(["cmake", "-S", source, "-B", built, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DVORDEC_TESTS=OFF", *launcher])
    _call(["cmake", "--build", built])
    (built / "complete").touch()
    return built


def find(label, name):
    """What the command line calls OLD or NEW. Raises Missing."""
    if pathlib.Path(name).is_dir():
        return Build(label, name, name)
    try:
        folder = _build_revision(name)
    except (Missing, OSError) as problem:
        raise Missing(f"{name}: neither a folder with bin/vordec nor a revision that can be built: {problem}") from problem
    return Build(label, name, folder)
