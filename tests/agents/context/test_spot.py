from agents.context.spot import Spotter, spotter
from config.curriculum import Concept, build

SPOTTER = Spotter(
    build(
        "test",
        [
            Concept("fractions", "Fractions", terms=("fraction", "denominator", "sum")),
            Concept("addition", "Adding", terms=("add", "sum")),
            Concept("linear", "Linear functions", terms=("slope", "linear function")),
        ],
    )
)


def test_finds_terms_as_words_with_their_endings() -> None:
    assert SPOTTER.spot("How do I compare FRACTIONS?") == ("fractions",)
    assert SPOTTER.spot("what does a linear function look like") == ("linear",)
    assert SPOTTER.spot("I infractioned something") == ()
    assert SPOTTER.spot("") == ()


def test_a_term_of_two_concepts_says_less() -> None:
    assert SPOTTER.spot("the sum over the denominator") == ("fractions",)
    assert SPOTTER.spot("the sum") == ("fractions", "addition")


def test_the_built_in_curriculum_is_read_once() -> None:
    assert spotter("") is spotter("")
    assert spotter("").spot("What is 7 times 8, I mean multiplication?")[0] == "multiplication"
