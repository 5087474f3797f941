"""Print what Samenwijzer is made of: a software bill of materials in CycloneDX 1.6 (ECMA-424), as `make sbom` does.

The packages are those of constraints-hashes.txt that this platform takes; their licences and what each needs come from
what is installed. Without a date and a serial number, so that the same installation gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def pinned() -> dict[str, str]:
    """Return the version of each package, by its canonical name, that this platform and Python take."""
    lines = (ROOT / "constraints-hashes.txt").read_text("utf-8").splitlines()
    found = [Requirement(line.removesuffix("\\")) for line in lines if line[:1].isalnum()]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def bill() -> dict[str, Any]:
    """Return the bill as CycloneDX has it.

    Raises:
        PackageNotFoundError: a pinned package is not installed; `make install` does that.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = pinned()
    ours = {"type": "application", "name": project["name"], "version": project["version"]}
    ours |= {"bom-ref": project["name"], "licenses": [{"license": {"id": project["license"]}}]}
    needs = {project["name"]: _needs(project["dependencies"], versions)}
    needs |= {name: _needs(metadata.requires(name) or [], versions) for name in versions}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours},
        "components": [*(_package(name, version) for name, version in versions.items()), *_models()],
        "dependencies": [{"ref": name, "dependsOn": names} for name, names in needs.items()],
    }


def _needs(requirements: list[str], versions: dict[str, str]) -> list[str]:
    wanted = (Requirement(one) for one in requirements)
    names = {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})}
    return sorted(names & versions.keys())


def _package(name: str, version: str) -> dict[str, Any]:
    about = metadata.metadata(name)
    found = {"type": "library", "bom-ref": name, "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
    return found | {"licenses": _licences(about)}


def _licences(about: metadata.PackageMetadata) -> list[dict[str, Any]]:
    """Return the licence expression (PEP 639), else the classifiers, else the first line of what the package says."""
    if expression := about.get("License-Expression"):
        return [{"expression": expression}]
    classifiers = [one for one in about.get_all("Classifier") or [] if one.startswith("License :: ")]
    named = [one.rpartition(" :: ")[2] for one in classifiers] or (about.get("License") or "unknown").splitlines()[:1]
    return [{"license": {"name": name}} for name in named]


def _models() -> list[dict[str, Any]]:
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": str(path.relative_to(ROOT)),
            "name": path.name,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
        }
        for path in sorted((ROOT / "index" / "model").glob("*.onnx"))
    ]


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
