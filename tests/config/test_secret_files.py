from pathlib import Path

import pytest

from config.secret_files import FOLDER, SecretFileError, read


def test_a_variable_goes_first_then_the_file_then_nothing(tmp_path: Path) -> None:
    (tmp_path / "groq_api_key").write_text(" from the file\n")
    place = {FOLDER: str(tmp_path)}
    assert read("GROQ_API_KEY", place) == "from the file"
    assert read("GROQ_API_KEY", {**place, "GROQ_API_KEY": "set"}) == "set"
    assert read("GROQ_API_KEY", {**place, "GROQ_API_KEY": ""}) == ""
    assert read("OTHER_API_KEY", place) == ""


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name, why in (("FOLDER", "can't be read: Is a directory"), ("BYTES", "is not in UTF-8")):
        with pytest.raises(SecretFileError, match=f"the secret {tmp_path}/{name.lower()} {why}"):
            read(name, {FOLDER: str(tmp_path)})
