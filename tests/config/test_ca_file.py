import ssl
from pathlib import Path

import pytest

from config.ca_file import trusting


class RefusedError(ValueError):
    """As a service's settings would raise it."""


def test_without_a_file_the_systems_authorities_are_trusted() -> None:
    assert trusting("", "MASTERX_X_CA_FILE", RefusedError).verify_mode is ssl.CERT_REQUIRED


def test_a_file_that_is_not_there_or_holds_nothing_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"MASTERX_X_CA_FILE: .*no\.pem: No such file"):
        trusting(str(tmp_path / "no.pem"), "MASTERX_X_CA_FILE", RefusedError)
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(RefusedError, match=r"MASTERX_X_CA_FILE: .*ca\.pem holds no certificate"):
        trusting(str(tmp_path / "ca.pem"), "MASTERX_X_CA_FILE", RefusedError)
