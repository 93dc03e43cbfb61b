"""Which kind of answer a question wants, and about what: by whole patterns, from its first word to its last.

Only what a pattern spells out is taken for a way to put the same question. What it does not know stays in the question
word for word: "what is X used for" is not "what is X", nor is "how does X work" "how do I use X".
"""

import re
from collections.abc import Sequence


def _either(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


AUXILIARY = _either(
    "is", "are", "was", "were", "do", "does", "did", "can", "could", "has", "have", "had", "will", "would", "should",
    "must", "may", "might", "shall",
)  # fmt: skip
IS = r"(?:is|are)"
DO = r"(?:do|does)"
# Anybody: what I, you and we do at school in one and the same way.
ANYBODY = r"(?:i|you|we|one|people)"
# Each verb and its form in -ing → the verb that stands for those that say the same.
SCHOOLWORK = {
    **dict.fromkeys(["find", "finding", "get", "getting", "determine", "determining", "obtain", "obtaining"], "find"),
    **dict.fromkeys(["calculate", "calculating", "compute", "computing", "evaluate", "evaluating"], "calculate"),
    **dict.fromkeys(["work_out", "working_out", "figure_out", "figuring_out"], "calculate"),
    **dict.fromkeys(["subtract", "subtracting", "take_away", "taking_away"], "subtract"),
    **dict.fromkeys(["factor", "factoring", "factorise", "factorising", "factorize", "factorizing"], "factor"),
    **{
        word: verb
        for verb in re.findall(
            r"\w+",
            """
            add multiply divide solve simplify expand round convert change turn transform write express use draw plot
            graph measure estimate balance prove integrate derive differentiate rearrange compare order increase
            decrease spell pronounce form conjugate punctuate translate describe define identify name distinguish check
            test complete need call make represent read
            """,
        )
        for word in (verb, f"{verb}ing", f"{verb.removesuffix('e')}ing", f"{verb}{verb[-1]}ing")
    },
}
# Of these "find" and "get" say "calculate".
MEASURES = re.compile(
    r"\b(?:areas?|perimeters?|circumferences?|volumes?|slopes?|gradients?|means?|medians?|modes?|averages?|sums?"
    r"|products?|percentages?|percent|derivatives?|integrals?|roots?|factors?|multiples?|divisors?|angles?|lengths?"
    r"|heights?|widths?|radius|diameters?|probabilit(?:y|ies)|hypotenuses?|speeds?|velocity|acceleration|density"
    r"|terms?|%|\d)(?!\w)"
)
FIND = frozenset({"find", "calculate"})

HOW = re.compile(
    "^"
    + _either(
        rf"how (?:do|can|could|would) {ANYBODY}",
        rf"how {ANYBODY}(?: can| could| would)?",
        "how to",
        rf"(?:what {IS} )?(?:the )?(?:steps?|ways?|methods?) (?:to|for|of)",
    )
    + r" (?P<what>.+)$"
)
OPERATIONS = {"addition": "add", "subtraction": "subtract", "multiplication": "multiply", "division": "divide"}
# Of labour it is something else.
OPERATION = re.compile(
    rf"^(?:explain|describe) (?:the )?(?P<noun>{'|'.join(OPERATIONS)}) of "
    r"(?P<of>(?:\w+ )?(?:fractions|decimals|integers|numbers|polynomials|matrices))$"
)
DEFINE = re.compile(
    "^"
    + _either(
        rf"what {IS} (?P<is>.+)",
        # Told, not asked: "explain what primes are", "… what atoms are made of".
        rf"what (?!{AUXILIARY} )(?P<told>.+) {IS}(?P<behind> \w+ (?:of|for|from|in|by|to|with))?",
        # With an article what is meant may be a sign of something: the green light in a book.
        rf"what {DO} (?:the (?:word|term) )?(?P<means>(?:(?!the )[^,]+?|the [^,]+? of [^,]+?)) mean",
        rf"what (?!{AUXILIARY} )(?P<saying>(?:(?!the )[^,]+?|the [^,]+? of [^,]+?)) means",
        r"what (?:is meant|do (?:we|you) (?:understand|mean)) by (?P<meant>.+)",
        r"(?:explain|describe|clarify|define) (?P<explained>.+)",
        r"(?:the )?definition of (?P<defined>.+)",
        r"(?P<listed>[^,]+) (?:definition|meaning)",
    )
    + "$"
)
AMONG = re.compile(r"\b(?:in|on|at|for|from|about|when|if|by)\b")
ASKED_FOR = rf"(?:(?:what {IS}|give(?: me| us)?|show(?: me| us)?|tell me|explain|describe) )?"
EXAMPLE = re.compile(rf"^{ASKED_FOR}(?:an? )?examples? (?:of|for) (?P<of>.+)$")
FORMULA = re.compile(rf"^{ASKED_FOR}(?:the )?(?:formula|equation) (?:for|of) (?P<of>.+)$")
DIFFERENCE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^{ASKED_FOR}(?:the )?differences? between (?P<sides>.+)$",
        r"^distinguish (?:between )?(?P<sides>.+)$",
        r"^compare (?P<sides>.+)$",
        rf"^how {IS} (?P<one>.+) different from (?P<other>.+)$",
        rf"^how {DO} (?P<one>.+) differ from (?P<other>.+)$",
        r"^how (?P<one>.+) differs? from (?P<other>.+)$",
        rf"^how {IS} (?P<sides>.+ and .+) different$",
        rf"^how {DO} (?P<sides>.+ and .+) differ$",
        r"^how (?P<sides>.+ and .+) (?:are different|differ)$",
    )
)
REASON = re.compile(
    rf"^(?:what {IS} )?the reason (?:that |why )?(?P<why>(?!for |of |to |behind ).+)$|^how come (?P<come>.+)$"
)
# Behind these a verb may be told as it is asked: "why the sky is blue".
ASKED = re.compile(r"^(?P<word>why|when|where|how) (?P<what>.+)$")
# How fast cars work is not how fast cars do.
GRADED = re.compile(
    r"^(?:many|much|long|old|often|far|big|high|fast|slow|slowly|quickly|deep|well|hard|heavy|tall|wide|large|small|hot|cold"
    r"|warm|strong|weak|important|common|rare|likely|good|bad|close|soon|early|late|difficult|easy|expensive|cheap|young"
    r"|new|bright|dark|dense|thick|thin|loud|short|low|dangerous|useful|accurate|popular|rich|poor|safe|sure|true|near)\b"
)
GENERIC = re.compile(rf"\b(?P<aux>do|can|could|should|must|would) {ANYBODY} (?P<verb>\w+(?: out| away)?)\b")
TOLD_GENERIC = re.compile(rf"^(?P<word>when|where|why) {ANYBODY} (?:should |can )?(?P<verb>\w+)\b")
OPENING = re.compile(rf"^(?:what|how|why|when|where|who|which|whose|whom|{AUXILIARY})\b")
EMPHASIS = re.compile(
    r"(?<=^what )(?:exactly|actually) |(?<=^how )(?:exactly|actually) |(?<=^why )(?:exactly|actually) | exactly$"
)


def read(bare: str) -> tuple[str, Sequence[str]] | None:
    """The frame of a question without greetings, and the texts that say about what; None where it is none.

    Of a difference there are two or more texts, its sides; otherwise one.
    """
    bare = EMPHASIS.sub("", bare)
    for pattern in DIFFERENCE:
        if match := pattern.match(bare):
            parts = match.groupdict()
            if "sides" not in parts:
                return "difference", (parts["one"], parts["other"])
            sides = re.split(
                r" (?:and|from|with|to) " if bare.startswith("compare") else r" (?:and|from) ", parts["sides"]
            )
            return ("difference", sides) if len(sides) > 1 else None
    for frame, pattern in (("example", EXAMPLE), ("formula", FORMULA)):
        if match := pattern.match(bare):
            return frame, (match["of"],)
    if match := REASON.match(bare):
        return "why", (_asked(match["why"] or match["come"]),)
    if match := OPERATION.match(bare):
        return "how", (f"{OPERATIONS[match['noun']]} {match['of']}",)
    if match := HOW.match(bare):
        done = _schoolwork(match["what"])
        if done:
            return "how", (done,)
    if match := DEFINE.match(bare):
        return _defined(match)
    bare = GENERIC.sub(_generic, bare)
    bare = TOLD_GENERIC.sub(
        lambda found: f"{found['word']} do one {found['verb']}" if found["verb"] in SCHOOLWORK else found[0], bare
    )
    if (match := ASKED.match(bare)) and not (match["word"] == "how" and GRADED.match(match["what"])):
        return match["word"], (_asked(match["what"]),)
    return ("asked", (bare,)) if OPENING.match(bare) else None


def _defined(match: re.Match[str]) -> tuple[str, Sequence[str]] | None:
    parts = match.groupdict()
    if parts["told"] is not None:
        return "define", (parts["told"] + (parts["behind"] or ""),)
    what = next(part for part in parts.values() if part is not None)
    if (parts["means"] or parts["saying"]) and AMONG.search(what):
        return "asked", (match[0],)
    return "define", (what,)


def _schoolwork(what: str) -> str:
    """What is to be done, its verb the one that stands for those that say the same; "" for what is no schoolwork."""
    first, _, rest = what.partition(" ")
    second, _, behind = rest.partition(" ")
    if f"{first}_{second}" in SCHOOLWORK:
        first, rest = f"{first}_{second}", behind
    verb = SCHOOLWORK.get(first)
    if verb is None or not rest:
        return ""
    # Two of them are how many it takes.
    rest = re.sub(r"^two (?=\w+s\b)", "", rest) if verb in OPERATIONS.values() else rest
    if verb in FIND and MEASURES.search(rest):
        verb = "calculate"
    if (verb in ("convert", "change", "transform") and re.search(r"\b(?:to|into)\b", rest)) or (
        verb == "turn" and re.search(r"\binto\b", rest)
    ):
        return "convert " + re.sub(r"\binto\b", "to", rest)
    if verb in ("convert", "write", "express") and re.search(r"\bas\b", rest):
        return "convert " + re.sub(r"\bas\b", "to", rest)
    return f"{verb} {rest}"


def _generic(found: re.Match[str]) -> str:
    verb = found["verb"].split()[0]
    return found[0] if verb not in SCHOOLWORK else f"{found['aux']} one {found['verb']}"


def _asked(what: str) -> str:
    """With the auxiliary first, as one asks: "is the sky blue" for "the sky is blue"."""
    if re.match(rf"{AUXILIARY}\b", what):
        return what
    found = re.search(rf" {AUXILIARY}(?= )", what)
    return f"do {what}" if found is None else f"{found[0].strip()} {what[: found.start()]}{what[found.end() :]}"
