import pytest

from schemas import announced, catalogue
from schemas.codec import DecodeError, UndecidedError, decode, encode
from tests.schemas.another_version import FEEDBACK, of_another_version, written_by_it


def test_every_event_is_announced_under_its_fingerprint() -> None:
    ours = announced.ours()
    assert len(ours) == len(catalogue.names())
    assert {announced.read(mark, value)[0] for mark, value in ours.items()} == set(catalogue.names())


@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]", b'{"name": 3}', b'{"type": "record"}', announced.ours().popitem()[1]]
)
def test_what_is_no_schema_of_that_fingerprint(value: bytes) -> None:
    with pytest.raises(ValueError, match="schema"):
        announced.read(b"\0" * 8, value)


def test_a_record_of_another_version_is_read_once_its_schema_is_known() -> None:
    mark, value = of_another_version()
    with pytest.raises(DecodeError, match="no schema has the fingerprint"):
        decode("Feedback", written_by_it(mark))
    catalogue.look_elsewhere({mark: announced.read(mark, value)}.get)
    assert decode("Feedback", written_by_it(mark)) == FEEDBACK
    with pytest.raises(DecodeError, match="a Feedback where a Signal was expected"):
        decode("Signal", written_by_it(mark))


def test_while_nobody_can_say_it_is_not_called_unknown() -> None:
    def away(mark: bytes) -> None:
        raise catalogue.SchemasAwayError("masterx.schemas can't be read")

    catalogue.look_elsewhere(away)
    with pytest.raises(UndecidedError, match="can't be read"):
        decode("Feedback", written_by_it(of_another_version()[0]))
    assert decode("Feedback", encode("Feedback", FEEDBACK)) == FEEDBACK
