"""The experiments file."""

from pathlib import Path

import pytest

from config.experiments import Experiment, ExperimentsError, load

GIVEN = """
version: 1
experiments:
  - {key: notice, intervention: next_step_changed, design: held_out, share: 0.2, begins: 2026-01-01T00:00:00}
"""


def test_none_runs_as_shipped() -> None:
    assert load() == ()


def test_a_file_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(GIVEN)
    [one] = load(str(path))
    begins = 1_767_225_600_000_000
    assert one.on("next_step_changed", "any", begins)
    assert not one.on("next_step_changed", "any", begins - 1)
    assert not one.on("crisis", "any", begins)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nexperiments:\n  - {key: a, intervention: x, design: coin}", "experiments.0.design"),
        ("version: 1\nexperiments:\n  - {key: A b, intervention: x, design: held_out}", "experiments.0.key"),
        ("version: 1\nexperiments: [", "not valid YAML"),
        (GIVEN.replace("2026-01-01", "2026-09-31"), "not valid YAML: day"),
        (
            "version: 1\nexperiments:\n"
            "  - {key: a, intervention: x, design: held_out}\n  - {key: a, intervention: y, design: held_out}",
            "two experiments have the same key",
        ),
        (
            "version: 1\nexperiments:\n  - {key: a, intervention: x, design: held_out, "
            "begins: 2026-02-01T00:00:00, ends: 2026-01-01T00:00:00}",
            "ends before it begins",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(ExperimentsError, match=said) as error:
        load(str(path))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_said_to_be_missing() -> None:
    with pytest.raises(ExperimentsError, match="cannot read the experiments"):
        load("/nowhere.yaml")


def test_tenants_of_an_experiment() -> None:
    one = Experiment(key="a", intervention="x", design="held_out", tenants=("north",))
    assert one.on("x", "north", 0)
    assert not one.on("x", "south", 0)
