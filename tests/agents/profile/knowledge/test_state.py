from agents.profile.knowledge.state import MAX_CONCEPT_BYTES, MAX_CONCEPTS, MAX_IDS, KnowledgeState, hash_of


def test_the_concept_practised_longest_ago_leaves_first() -> None:
    state = KnowledgeState()
    for k in range(MAX_CONCEPTS):
        state.concept(str(k))
    state.concept("0")
    state.concept("new")
    assert "0" in state.concepts
    assert "1" not in state.concepts
    assert state.concept_bytes == sum(len(name) for name in state.concepts)


def test_long_names_are_bounded_together() -> None:
    state = KnowledgeState()
    for k in range(40):
        state.concept(f"{k:04d}" + "é" * 200)
    assert state.concept_bytes <= MAX_CONCEPT_BYTES
    assert "0039" + "é" * 200 in state.concepts


def test_an_id_is_a_repeat_until_enough_others_came() -> None:
    state = KnowledgeState()
    assert not state.is_repeat("a")
    assert state.is_repeat("a")
    for k in range(MAX_IDS):
        state.is_repeat(str(k))
    assert not state.is_repeat("a")


def test_hashes_are_stable_and_never_none() -> None:
    assert hash_of("item") == 521872670
    assert hash_of("") == 1
