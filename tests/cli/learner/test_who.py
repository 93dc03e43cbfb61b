import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import exits
from cli.exits import Failure
from cli.learner.who import Who, who
from pipeline.app import partitioner
from tests.cli.conftest import Masterx


def test_the_tenant_is_demo_unless_given() -> None:
    assert who("school/ada") == Who("school", "ada")
    assert who("ada") == Who("demo", "ada")
    assert (str(who("ada")), who("ada").key) == ("demo/ada", b"demo/ada")


@pytest.mark.parametrize("name", ["", "/", "school/", "/ada", "a/b/c", " ", "a\x00", "school/" + "x" * 257])
def test_what_can_name_nobody_is_wrong_usage(name: str) -> None:
    with pytest.raises(Failure, match="names no learner") as failure:
        who(name)
    assert failure.value.code == exits.USAGE


@pytest.mark.parametrize("command", ["show", "export", "erase"])
def test_every_command_says_so_before_it_asks_any_service(masterx: Masterx, command: str) -> None:
    done = masterx("learner", command, "a/b/c")
    assert done.code == exits.USAGE
    assert "school/ada" in done.error


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="/"), min_size=1), st.integers(1, 64))
def test_the_partition_is_where_workers_look_for_the_learner(name: str, partitions: int) -> None:
    one = Who("t", name.encode("utf-8", "replace").decode())
    assert one.partition(partitions) == partitioner(partitions)(one.key)
