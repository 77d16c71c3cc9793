"""Builds the wheel: the package, the library, its plugins, and what the library needs that a plain system lacks.

The library is that of $SARDONYX_LIBRARY, with the plugins in the folder `sardonyx` beside it, else one that cmake makes
of the tree around this folder.  In the wheel they lie the same way, so the library finds them.  What plugins decode
with (libjpeg, libre2 and so on) is the system's: the error of a model that needs one says which packages those are.
Nothing of this is asked of pip's users: a wheel is files in a zip, with a list of their digests.
"""
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BROUGHT = ("libprotobuf-c.so",)  # beside the library; everything else that it links to is the C library's


def _facts():
    """name, description … of pyproject.toml: the few plain lines of its [project]."""
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as f:
        part = f.read().partition("[project]\n")[2].partition("\n[")[0]
    facts = dict(re.findall(r'^([\w-]+) = "(.*)"$', part, re.M))
    facts["dependencies"] = re.findall(r'"([^"]+)"', re.search(r"^dependencies = \[(.*)\]$", part, re.M)[1])
    with open(os.path.join(TOP, "CMakeLists.txt"), encoding="utf-8") as f:
        facts["version"] = re.search(r"^project\(sardonyx VERSION (\S+)", f.read(), re.M)[1]
    return facts


def _library(folder):
    given = os.environ.get("SARDONYX_LIBRARY")
    if given:
        return os.path.realpath(given)
    build, stage = os.path.join(folder, "build"), os.path.join(folder, "stage")
    for command in (["-S", TOP, "-B", build, "-DSARDONYX_TESTS=OFF", "-DSARDONYX_TOOLS=OFF", "-DCMAKE_INSTALL_LIBDIR=lib"],
                    ["--build", build, "-j"], ["--install", build, "--strip", "--prefix", stage]):
        subprocess.run(["cmake", *command], check=True)
    return os.path.realpath(os.path.join(stage, "lib", "libsardonyx.so"))


def _plugins(library):
    folder = os.path.join(os.path.dirname(library), "sardonyx")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name.endswith(".so"):
            yield f"sardonyx/{name}", os.path.join(folder, name)


def _brought(library):
    said = subprocess.run(["ldd", library], check=True, stdout=subprocess.PIPE, text=True).stdout
    for name, path in re.findall(r"^\s*(\S+) => (\S+)", said, re.M):
        if name.startswith(BROUGHT):
            yield name, path


def _metadata(facts):
    lines = ["Metadata-Version: 2.1", f"Name: {facts['name']}", f"Version: {facts['version']}",
             f"Summary: {facts['description']}", f"Requires-Python: {facts['requires-python']}", "License: Apache-2.0",
             *(f"Requires-Dist: {d}" for d in facts["dependencies"]), "Provides-Extra: backend",
             'Requires-Dist: onnx>=1.16; extra == "backend"', "Description-Content-Type: text/markdown", ""]
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as f:
        return "\n".join(lines) + "\n" + f.read()


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    facts = _facts()
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    stem, tag = f"{facts['name']}-{facts['version']}", f"py3-none-{platform}"
    info = f"{stem}.dist-info"
    files = {f"{info}/METADATA": _metadata(facts).encode(),
             f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: sardonyx\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()}
    folder = tempfile.mkdtemp()
    try:
        library = _library(folder)
        paths = {"libsardonyx.so": library, **dict(_plugins(library)), **dict(_brought(library)),
                 "LICENSE": os.path.join(TOP, "LICENSE")}
        package = os.path.join(HERE, "sardonyx")
        paths.update({n: os.path.join(package, n) for n in sorted(os.listdir(package)) if n.endswith(".py")})
        for name, path in paths.items():
            with open(path, "rb") as f:
                files[f"sardonyx/{name}"] = f.read()
    finally:
        shutil.rmtree(folder)
    record = ""
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = f"{stem}-{tag}.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return wheel
