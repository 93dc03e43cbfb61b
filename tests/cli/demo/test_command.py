"""Wrong arguments are told in one line, before anything is started."""

from pathlib import Path

import pytest

from cli.main import run


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--broker", "rabbit"], "'auto', 'kafka', 'pocket'"),
        (["--seconds", "1"], "greater than or equal to 5"),
        (["--learners", "0"], "greater than or equal to 1"),
        (["--seed", "one"], "integer"),
        (["--second", "9"], "--seconds"),
    ],
)
def test_a_wrong_argument(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said and "Value error" not in said and said.count("\n") == 1


def test_a_folder_for_the_screens_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(["demo", "--broker", "pocket", "--screens", str(tmp_path / "file" / "screens")]) == 66
    said = capsys.readouterr().err
    assert "Not a directory" in said and said.count("\n") == 1


def test_providers_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MASTERX_PROVIDERS_FILE", str(tmp_path / "none.yaml"))
    from config.settings import settings

    settings.cache_clear()
    try:
        assert run(["demo", "--broker", "pocket"]) == 78
    finally:
        settings.cache_clear()
    said = capsys.readouterr().err
    assert "none.yaml" in said and said.count("\n") == 1
