"""What the product is made of: pinned, hashed, listed; and nothing in it that runs what it reads."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
OURS = [
    ROOT / "cli.py",
    *(p for room in ("corpus", "ingest", "index", "api", "commands") for p in (ROOT / room).rglob("*.py")),
]
LOADERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
UNSAFE = {"eval", "exec", "os.system", "os.popen", "torch.load", "yaml.load", "yaml.unsafe_load", "yaml.full_load"}
SWITCHES = {"shell", "allow_pickle", "trust_remote_code"}


def dangers(source: str) -> list[str]:
    """Return what in a source text can run or unpack what it is given."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in LOADERS]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in LOADERS:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [name] if name in UNSAFE else []
            found += [k.arg for k in node.keywords if k.arg in SWITCHES and ast.unparse(k.value) != "False"]
    return found


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_runs_or_unpickles_what_it_is_given(path):
    assert dangers(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "eval(x)",
        "exec(x)",
        "torch.load(f)",
        "yaml.load(f, yaml.Loader)",
        "subprocess.run(x, shell=True)",
        "numpy.load(f, allow_pickle=yes)",
        "AutoModel.from_pretrained(x, trust_remote_code=True)",
        "os.system(x)",
    ],
)
def test_each_danger_would_be_seen(line):
    assert dangers(line)


def hashed():
    """Return the packages of constraints-hashes.txt with their hashes."""
    text = (ROOT / "constraints-hashes.txt").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement, *hashes = line.split("--hash=")
            yield Requirement(requirement), [one.strip() for one in hashes]


def constrained():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {(canonicalize_name(r.name), str(r.specifier)) for r in map(Requirement, filter(_stated, lines))}


def _stated(line):
    return line and not line.startswith("#")


def test_every_package_is_one_version_with_hashes_and_no_address_stands_beside_it():
    assert len(list(hashed())) > 50
    for requirement, hashes in hashed():
        assert re.fullmatch(r"==[\w.+!-]+", str(requirement.specifier)), requirement
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement
    for name in ("constraints-hashes.txt", "constraints.txt"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text and " @ " not in text, name


def test_what_is_hashed_is_what_is_needed_in_the_versions_that_the_tests_run_with():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pinned = {canonicalize_name(one.name): one.specifier for one, _ in hashed()}
    for text in [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]:
        wanted = Requirement(text)
        version = str(pinned[canonicalize_name(wanted.name)]).removeprefix("==")
        assert wanted.specifier.contains(version), f"{text} is pinned at {version}: run `make hashes`"
    tested = constrained()
    names = {name for name, _ in tested}
    for requirement, _ in hashed():
        name = canonicalize_name(requirement.name)
        assert name not in names or (name, str(requirement.specifier)) in tested, f"{name}: run `make hashes`"


def test_the_bill_of_materials_lists_all_that_is_pinned_with_licences_and_what_needs_what():
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "deploy" / "sbom.py")
    sbom = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sbom)
    bill = json.loads(json.dumps(sbom.bill()))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    packages = {one["name"]: one for one in bill["components"] if one["type"] == "library"}
    assert set(packages) == {
        canonicalize_name(one.name) for one, _ in hashed() if one.marker is None or one.marker.evaluate()
    }
    for one in packages.values():
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" and one["licenses"], one["name"]
        named = " ".join(json.dumps(licence) for licence in one["licenses"])
        # A choice that includes GPL is no obligation to it.
        assert "AGPL" not in named and ("GPL" not in named or "LGPL" in named or "MPL" in named), (one["name"], named)
    graph = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert "starlette" in graph["fastapi"] and {"fastapi", "lxml"} <= set(graph["samenwijzer"])
    assert set(graph) == {*packages, "samenwijzer"}


def test_the_threat_model_names_tests_that_exist():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"`(tests/(\w+\.py))(?:::(\w+))?`", text)
    assert len(named) > 25
    for path, _, function in named:
        source = (ROOT / path).read_text("utf-8")
        assert not function or f"def {function}(" in source, f"SECURITY.md names {path}::{function}, which is not there"
