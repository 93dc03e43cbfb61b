from pipeline.shared.latest import Latest, topic_key
from tests.pipeline.shared.publications import publication


def test_the_latest_of_each_kind_and_partition_stands() -> None:
    latest = Latest()
    first, second = publication(0, 1), publication(0, 2)
    other, behaviour = publication(1, 1), publication(0, 1, kind="behaviour")
    assert [latest.take(event) for event in (first, other, behaviour, second)] == [True] * 4
    assert {topic_key(event): event for event in latest.events()} == {
        b"item_difficulty/0": second,
        b"item_difficulty/1": other,
        b"behaviour/0": behaviour,
    }


def test_what_is_known_or_came_too_late_is_no_news() -> None:
    latest = Latest()
    assert latest.take(publication(0, 2))
    assert not latest.take(publication(0, 2))
    assert not latest.take(publication(0, 1, sent_at=5))
    assert latest.events() == [publication(0, 2)]


def test_of_two_owners_with_one_revision_the_later_in_the_log_stands() -> None:
    latest = Latest()
    latest.take(publication(0, 2, sent_at=1))
    assert latest.take(publication(0, 2, sent_at=7))
    assert latest.events() == [publication(0, 2, sent_at=7)]


def test_they_come_in_one_order_whichever_they_were_read_in() -> None:
    publications = [publication(0, 1), publication(1, 1), publication(0, 1, kind="behaviour")]
    one, other = Latest(), Latest()
    for event in publications:
        one.take(event)
    for event in reversed(publications):
        other.take(event)
    assert one.events() == other.events()
