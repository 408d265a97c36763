"""Printed figures: kept as text, so that "40.0" stays 40.0, and read as exact fractions."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from helpers.claims.section import written

NOT_REACHED = "not reached"
DAYS_PER_MONTH = Fraction(36525, 1200)
_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)"
_FIGURE = re.compile(rf"^(?P<number>{_NUMBER})\s*(?P<unit>%|[A-Za-z][A-Za-z ]*)?$")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(?<![\d.,])(\d+,\d{1,2}|0,\d+)(?![\d.,])")
_P = re.compile(rf"^(?:p\s*)?(?P<sign>[<>=≤≥])?\s*(?P<number>{_NUMBER})$", re.IGNORECASE)
_NO_DIFFERENCE = {"ns", "n.s.", "not significant", "non-significant"}
_UNREACHED = {
    "not reached", "nr", "ne", "na", "not estimable", "not evaluable", "not estimated",
    "not calculable", "unreached", "∞", "inf",
}  # fmt: skip
_DAYS = {
    "d": Fraction(1), "day": Fraction(1), "w": Fraction(7), "week": Fraction(7),
    "wk": Fraction(7), "mo": DAYS_PER_MONTH, "month": DAYS_PER_MONTH, "m": DAYS_PER_MONTH,
    "y": 12 * DAYS_PER_MONTH, "yr": 12 * DAYS_PER_MONTH, "year": 12 * DAYS_PER_MONTH,
}  # fmt: skip


def plain(text: str) -> str:
    """Return a printed number with ASCII signs: "0·90" is "0.90", "−1" is "-1", "1,204" 1204.

    A comma before one or two digits, or behind a lone zero, is a decimal comma: "63,3" is "63.3".
    """
    for sign in "−–‒":
        text = text.replace(sign, "-")
    text = _DECIMAL.sub(lambda match: match[0].replace(",", "."), text.replace("·", "."))
    return _GROUPED.sub("", text.replace("\u2009", " ").strip())


def split_unit(value: Any) -> tuple[Any, str | None]:
    """Return a figure and the unit that was written behind it ("4.5 months")."""
    value = written(value)
    found = _FIGURE.match(plain(value)) if isinstance(value, str) else None
    if found is None or found["unit"] is None:
        return value, None
    return found["number"], found["unit"].strip()


def _text(value: Any) -> str:
    value = written(value)
    if isinstance(value, float):
        raise ValueError(f'write the figure in quotes, so that its digits are kept: "{value}"')
    if not isinstance(value, str):
        raise ValueError('write the figure as it was printed, in quotes: "40.0"')
    return value


def read_figure(value: Any) -> str:
    """Return a printed number as its digits.

    Raises:
        ValueError: It is no number, or a float whose last digits may be lost.
    """
    text = plain(_text(value)).removesuffix("%").strip()
    if not re.fullmatch(_NUMBER, text):
        raise ValueError(f'must be a number as printed, in quotes, such as "40.0"; not {text!r}')
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text.removeprefix("+"))
    return f"{sign}0{digits}" if digits.startswith(".") else f"{sign}{digits}"


def read_reach(value: Any) -> str:
    """Return a printed number, or ``not reached`` in whatever words it was written."""
    text = _text(value)
    return NOT_REACHED if text.strip().lower() in _UNREACHED else read_figure(text)


def read_p(value: Any) -> str:
    """Return a p-value as sign and number: "P < .05" is "<0.05", "0.03" is "=0.03".

    Raises:
        ValueError: It is neither a number nor an inequality, or lies outside 0 to 1.
    """
    text = plain(_text(value))
    if text.lower() in _NO_DIFFERENCE:
        return ">0.05"
    found = _P.match(text)
    if found is None:
        raise ValueError(
            f'`p` is an inequality or a number, such as "<0.05" or "0.03"; not {text!r}'
        )
    number = read_figure(found["number"])
    if not 0 <= Fraction(number) <= 1:
        raise ValueError(f"a p-value lies between 0 and 1, {number} does not")
    sign = found["sign"] or "="
    return {"≤": "<", "≥": ">"}.get(sign, sign) + number


def read_months(value: Any) -> float:
    """Return a time in months: "12", "12 months", "2 years", "100 days".

    Raises:
        ValueError: The unit is none of days, weeks, months, years.
    """
    number, unit = split_unit(value)
    if isinstance(number, float):
        return number
    factor = month_factor(unit or "months")
    if factor is None:
        raise ValueError(f"time is in days, weeks, months or years, not in {unit!r}")
    if not re.fullmatch(_NUMBER, plain(str(number))):
        raise ValueError(f"must be months, or a time with its unit (2 years); not {number!r}")
    return float(Fraction(read_figure(number)) * factor)


def month_factor(unit: str) -> Fraction | None:
    """Return how many months one unit is (30.4375 days each); None for what is no time."""
    word = unit.strip().lower().rstrip(".")
    days = _DAYS.get(word) or _DAYS.get(word.removesuffix("s"))
    return None if days is None else days / DAYS_PER_MONTH


def digits(figure: str | None) -> int:
    """Return how many digits stand behind the point of a printed figure."""
    return len(figure.partition(".")[2]) if figure and figure != NOT_REACHED else 0


def exact(figure: str | None) -> Fraction | None:
    """Return a printed figure as an exact fraction; None where there is none to compute with."""
    return None if figure is None or figure == NOT_REACHED else Fraction(figure)


def half_unit(figure: str) -> Fraction:
    """Return half a unit of the last printed digit: 1/20 for "55.3"."""
    return Fraction(1, 2 * 10 ** digits(figure))


_WITH_DIGIT = Annotated[str, StringConstraints(pattern=r"\d")]
_REACH = Annotated[str, StringConstraints(pattern=r"\d|^\s*(?:[Nn]|[Uu]nreached|∞|inf)")]
_WHOLE = Annotated[str, StringConstraints(pattern=r"^\s*\d[\d,\s]*%?\s*$")]
_SHARE = Annotated[float, Field(ge=0, le=1)]
#: A printed number, as text.
Figure = Annotated[
    str, BeforeValidator(read_figure, json_schema_input_type=_WITH_DIGIT | int | float)
]
#: A printed number or "not reached".
Reach = Annotated[str, BeforeValidator(read_reach, json_schema_input_type=_REACH | int | float)]
#: A printed whole number, as text.
Whole = Annotated[
    str,
    BeforeValidator(
        lambda value: _whole(read_figure(value)),
        json_schema_input_type=_WHOLE | Annotated[int, Field(ge=0)],
    ),
]
#: A p-value with its sign, as text.
PValue = Annotated[str, BeforeValidator(read_p, json_schema_input_type=str | _SHARE)]
#: Months.
Months = Annotated[
    float, BeforeValidator(read_months, json_schema_input_type=_WITH_DIGIT | int | float)
]


def _whole(figure: str) -> str:
    if "." in figure or figure.startswith("-"):
        raise ValueError(f"must be a whole number; {figure} is none")
    return figure
