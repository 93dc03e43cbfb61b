from benchmarks.context.prefix import Shares, hosted, notes_last, part_at, shared_bytes, whole

CORE = "Be a tutor."
TALK = [{"role": "user", "content": "a half?"}, {"role": "assistant", "content": "One of two."}]
ASKED = {"role": "user", "content": "and a quarter?"}
PROMPT = ({"role": "system", "content": f"{CORE}\n<notes>knows the mean</notes>\nBe warm."}, *TALK, ASKED)


def test_a_prompt_that_comes_again_was_there_as_a_whole_and_a_new_one_not_at_all() -> None:
    shares, long = Shares(), ({"role": "system", "content": "x" * 3200}, ASKED)
    first = shares.add(long, None)
    shares.add(long, first)
    found = shares.figures()
    size = len(first) / 3.2
    assert found["same_learner"] == found["attainable"] == 0.5
    assert abs(found["same_learner_served"] - 0.5) <= 16 / size
    assert abs(found["any_served"] - 0.5) <= 16 / size
    # Between 1,000 and 1,024 tokens a hosted cache has nothing.
    assert found["same_learner_hosted"] == found["any_hosted"] == 0.0


def test_what_differs_at_once_shares_nothing_though_the_rest_is_the_same() -> None:
    shares = Shares()
    first = shares.add(({"role": "system", "content": "a" + "x" * 500}, ASKED), None)
    shares.add(({"role": "system", "content": "b" + "x" * 500}, ASKED), first)
    assert shares.figures()["any_served"] == 0.0
    assert shares.ends == {"core": 1}


def test_hosted_caches_hold_whole_blocks_from_a_least_on() -> None:
    assert [hosted(shared) for shared in (0, 1023, 1024, 1151, 1152)] == [0, 0, 1024, 1024, 1152]


def test_the_other_layout_holds_the_same_with_the_notes_before_the_message() -> None:
    moved = notes_last(PROMPT)
    assert [part["role"] for part in moved] == ["system", "user", "assistant", "system", "user"]
    assert moved[0]["content"] == CORE
    assert moved[3]["content"] == "<notes>knows the mean</notes>\nBe warm."
    assert moved[-1] == ASKED
    bare = ({"role": "system", "content": CORE}, ASKED)
    assert notes_last(bare) == bare


def test_where_a_common_beginning_ends_is_named() -> None:
    text = whole(PROMPT)
    for part, word in (("core", b"tutor"), ("notes", b"mean"), ("talk", b"half"), ("message", b"quarter")):
        assert part_at(PROMPT, text.index(word)) == part
    assert shared_bytes(text, text.replace(b"warm", b"calm")) == text.index(b"warm")
