from pathlib import Path

import pytest
from pydantic import BaseModel

from config.yaml_model import read


class Problem(ValueError):
    pass


class Sizes(BaseModel):
    sizes: list[int]


def test_a_file_is_read_into_its_model(tmp_path: Path) -> None:
    (tmp_path / "sizes.yaml").write_text("sizes: [1, 2]")
    assert read(Sizes, tmp_path / "sizes.yaml", "sizes", Problem).sizes == [1, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"cannot read the sizes .*sizes\.yaml: No such file"),
        (b"sizes: [", r"sizes\.yaml is not valid YAML: [^\n]*$"),
        (b"\xff\xfe\xff", r"sizes\.yaml is not valid YAML: not in UTF-8$"),
        (b"sizes: " + b"1" * 5000, r"sizes\.yaml is not valid YAML: [^\n]*digits[^\n]*$"),
        (b"sizes: 2026-02-30", r"sizes\.yaml is not valid YAML: day [^\n]*$"),
        (b"sizes: " + b"[" * 5000, r"sizes\.yaml is not valid YAML: nested too deep$"),
        (b"sizes: [one]", r"sizes\.yaml: sizes\.0: Input should be a valid integer"),
        (b"", r"sizes\.yaml: the file: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "sizes.yaml").write_bytes(content)
    with pytest.raises(Problem, match=said):
        read(Sizes, tmp_path / "sizes.yaml", "sizes", Problem)
