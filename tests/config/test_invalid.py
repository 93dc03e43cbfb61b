import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from config.invalid import said


class Shelf(BaseModel):
    books: int = Field(1, ge=1)
    colour: str = "red"

    @field_validator("colour")
    @classmethod
    def _known(cls, colour: str) -> str:
        if colour != "red":
            raise ValueError("only red is left")
        return colour


@pytest.mark.parametrize(
    ("given", "words"),
    [({"colour": "blue"}, "only red is left"), ({"books": 0}, "Input should be greater than or equal to 1")],
)
def test_what_is_wrong_is_said_without_the_class_of_exception(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Shelf.model_validate(given)
    assert [said(one) for one in wrong.value.errors()] == [words]
