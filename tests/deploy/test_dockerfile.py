"""The Dockerfile and what it lets into the image, read."""

import re
import tomllib

from config.settings import Settings
from tests.deploy.settings_read import ROOT

LINES = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)).splitlines()
STEPS = [(line.split()[0], line.partition(" ")[2]) for line in LINES if line.strip()]
LAST = STEPS[max(n for n, (word, _) in enumerate(STEPS) if word == "FROM") :]


def test_both_stages_start_from_one_pinned_image() -> None:
    bases = [rest.split()[0] for word, rest in STEPS if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases[0])


def test_the_image_holds_no_compiler_and_does_not_run_as_root() -> None:
    words = [word for word, _ in LAST]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert dict(LAST)["USER"] not in ("root", "0")
    assert not any("apt-get" in rest or "pip" in rest for word, rest in LAST if word == "RUN")


def test_the_data_directory_is_there_and_belongs_to_the_user() -> None:
    variables = dict(pair.split("=", 1) for word, rest in LAST if word == "ENV" for pair in rest.split())
    assert {name for name in variables if name.startswith("MASTERX_")} == {"MASTERX_DATA_DIR"}
    assert "data_dir" in Settings.model_fields
    user = dict(LAST)["USER"]
    made = next(rest for word, rest in LAST if word == "RUN")
    assert f"install --directory --owner {user} --group {user} {variables['MASTERX_DATA_DIR']}" in made


def test_it_starts_our_command() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert dict(LAST)["ENTRYPOINT"] == f'["{next(iter(scripts))}"]'


def test_it_is_built_from_our_packages_and_from_nothing_that_is_secret_or_large() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "docs"}
    assert let_in == packages | {"pyproject.toml", "constraints.txt", "README.md"}
