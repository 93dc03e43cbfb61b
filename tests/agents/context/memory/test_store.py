import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.context.encoder import WIDTH, unrationed
from agents.context.memory.store import KINDS, Item, Memory, slot_mark

items = st.lists(
    st.builds(
        Item,
        number=st.integers(0, 2**32 - 1),
        kind=st.sampled_from(KINDS),
        slot=st.sampled_from(["", "name", "likes:maths"]),
        turn=st.integers(0, 2**32 - 1),
        at=st.integers(0, 2**62),
        text=st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30),
    ),
    max_size=12,
)


@given(items, st.data())
def test_bytes_and_back_and_a_part_of_it(given_items: list[Item], data: st.DataObject) -> None:
    memory = Memory.empty().add(given_items)
    again = Memory.loads(memory.dumps())
    assert again == memory
    assert [again.text(index) for index in range(len(again))] == [item.text for item in given_items] == again.texts()
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(memory)))))) if len(memory) else []
    part = again.keep(kept)
    assert [part.text(index) for index in range(len(part))] == [given_items[index].text for index in kept]
    assert [part.kind(index) for index in range(len(part))] == [given_items[index].kind for index in kept]
    assert part.add(given_items).texts() == part.texts() + memory.texts()


def test_signs_keep_the_order_of_similarities() -> None:
    encoder = unrationed()
    texts = ["I play the drums in a band", "The slope of the line is three", "My exam is in March"]
    memory = Memory.empty().add([Item(n, "said", "", n, 0, text) for n, text in enumerate(texts)])
    memory = memory.encoded(range(3), encoder.encode(texts))
    query = encoder.encode(["When is my test?"])[0]
    exact = encoder.encode(texts) @ query
    found = Memory.loads(memory.dumps()).similarities(query)
    assert found.argmax() == exact.argmax() == 2
    assert found == pytest.approx(exact, abs=0.2)


def test_what_is_not_encoded_is_like_nothing() -> None:
    memory = Memory.empty().add([Item(1, "said", "", 1, 0, "something")])
    assert memory.similarities(np.ones(WIDTH, np.float32) / WIDTH**0.5) == pytest.approx([0.0])


def test_refuses_other_bytes() -> None:
    with pytest.raises(ValueError, match="version"):
        Memory.loads(b"\x09" + bytes(20))
    whole = Memory.empty().add([Item(1, "said", "", 1, 0, "something")]).dumps()
    with pytest.raises(ValueError, match=r"cut off|buffer"):
        Memory.loads(whole[:-3])


def test_slots_are_told_apart() -> None:
    assert slot_mark("") == 0
    assert len({slot_mark(f"slot {n}") for n in range(1000)}) == 1000
