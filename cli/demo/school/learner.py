"""One learner's sitting: try an item, perhaps write to the tutor, wait for the answer, go on."""

from dataclasses import dataclass, field
from random import Random

from cli.demo.school import answers, words
from cli.demo.school.actions import Action, Came, Judged, Reply, Suggestion, Tried, Wrote
from cli.demo.school.knowledge import Knowledge
from cli.demo.school.mood import Mood
from config.curriculum import Curriculum, Item

# A reply is read at about this many characters a second, at least and at most so many seconds.
READS = 120.0
LEAST_READING, MOST_READING = 0.8, 2.5
FEEDBACK_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Habits:
    """`talkative` is the chance of writing after an attempt; `pace` multiplies all pauses; `hints` is the chance of
    taking an item's hint before answering."""

    talkative: float = 0.6
    pace: float = 1.0
    hints: float = 0.1


@dataclass(slots=True)
class Learner:
    """`start` is the concept the course has brought the learner to; `due` the moment of the next action, seconds on the
    class's clock. While `waiting`, a written message has no answer yet."""

    name: str
    character: str
    curriculum: Curriculum
    knowledge: Knowledge
    mood: Mood
    habits: Habits
    start: str
    draw: Random
    due: float = 0.0
    waiting: bool = False
    suggestion: Suggestion | None = None
    _came: bool = False
    _last_text: str = ""
    _last_items: list[str] = field(default_factory=list)
    _to_judge: float | None = None
    _written_to: str = ""

    def act(self, now: float) -> list[Action]:
        """What the learner does now that their time has come. Nothing while waiting for an answer."""
        if self.waiting or now < self.due:
            return []
        actions: list[Action] = []
        if not self._came:
            self._came = True
            actions.append(Came(self.name))
        if self._to_judge is not None:
            actions += self._judge()
        asked = self._ask_to_be_shown()
        if asked is not None:
            return [*actions, asked]
        tried = self._try()
        actions.append(tried)
        wrote = self._write(tried)
        if wrote is not None:
            actions.append(wrote)
        else:
            self.due = now + self._pause(1.6)
        return actions

    def hear(self, reply: Reply, now: float) -> None:
        """The answer came: it is read, works on mood and knowledge, and the learner goes on."""
        if not self.waiting:
            return
        self.waiting = False
        concept = self._written_to
        fit = self.mood.after_reply(reply)
        on_subject = not reply.concepts or concept in reply.concepts
        self.knowledge.taught(concept, fit if on_subject else 0.3 * fit)
        if reply.by_tutor and self.draw.random() < FEEDBACK_SHARE:
            self._to_judge = fit
        reading = min(max(len(reply.text) / READS, LEAST_READING), MOST_READING)
        self.due = now + reading * self.habits.pace + self._pause(0.8)

    def suggest(self, suggestion: Suggestion) -> None:
        """What the app shows next."""
        self.suggestion = suggestion

    def _judge(self) -> list[Action]:
        fit, self._to_judge = self._to_judge, None
        kind = "HELPFUL" if (fit or 0.0) >= 0.5 else "CONFUSED" if self.mood.confusion > 0.4 else "UNHELPFUL"
        return [Judged(self.name, kind)]

    def _ask_to_be_shown(self) -> Wrote | None:
        """Where the tutor's next step is to show or explain, the learner asks for it, once."""
        step = self.suggestion
        if step is None or step.kind not in ("worked_example", "explain") or step.concept_id == self._written_to:
            return None
        if step.concept_id not in self.curriculum.concepts:
            return None
        return self._message("shown", step.concept_id, "", "")

    def _try(self) -> Tried:
        item = self._item()
        chance = self.knowledge.chance(item)
        hints = int(bool(item.hints) and self.draw.random() < self.habits.hints)
        correct = self.draw.random() < min(chance + 0.15 * hints, 0.98)
        self.knowledge.practised(item.concept_id, correct)
        self.mood.after_outcome(correct, chance)
        self._last_items = [*self._last_items[-3:], item.id]
        return Tried(
            self.name,
            item.concept_id,
            item.id,
            correct,
            item.answer if correct else answers.wrong(item, self.draw),
            seconds=round(self._pause(14.0), 1),
            hints_used=hints,
        )

    def _write(self, tried: Tried) -> Wrote | None:
        feeling = self.mood.strongest()
        if self.draw.random() >= self.habits.talkative * (1.3 if feeling or not tried.correct else 0.7):
            self._written_to = ""
            return None
        occasion = feeling or ("right" if tried.correct else "wrong")
        if tried.correct and occasion in ("frustration", "confusion", "nerves"):
            occasion = "right"
        item = self.curriculum.items[tried.item_id]
        return self._message(occasion, tried.concept_id, item.question, tried.answer)

    def _message(self, occasion: str, concept_id: str, question: str, answer: str) -> Wrote:
        concept = self.curriculum.concepts[concept_id].name
        text = words.write(
            occasion,
            self.draw,
            concept=concept[:1].lower() + concept[1:],
            question=question,
            answer=answer,
            last=self._last_text,
        )
        self._last_text, self._written_to, self.waiting = text, concept_id, True
        return Wrote(self.name, text, concept_id)

    def _item(self) -> Item:
        """The item that the app suggests; else one of the concept at hand that was not just tried."""
        step = self.suggestion
        if step is not None and step.item_id in self.curriculum.items and step.item_id not in self._last_items[-1:]:
            return self.curriculum.items[step.item_id or ""]
        concept = self.curriculum.concepts.get(step.concept_id if step else "")
        items = (concept or self.curriculum.concepts[self.start]).items
        return self.draw.choice([item for item in items if item.id not in self._last_items[-2:]] or list(items))

    def _pause(self, seconds: float) -> float:
        return seconds * self.habits.pace * self.draw.uniform(0.6, 1.4)
