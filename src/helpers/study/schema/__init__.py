"""The sections of ``study.yml``; :mod:`helpers.study.definition` is the whole."""

from helpers.study.schema.derived import (
    RULES,
    Cut,
    Derived,
    FirstMatch,
    Interval,
    Match,
    Recode,
    WithinMonths,
)
from helpers.study.schema.disclosure import Disclosure
from helpers.study.schema.events import AdverseEvents, EventClass, Window
from helpers.study.schema.response import Assessments, ResponseQuantity, ResponseRules
from helpers.study.schema.section import YES_NO, Kind, KnownAt, Section
from helpers.study.schema.selection import Criterion, Order, Population
from helpers.study.schema.settings import Settings, Style
from helpers.study.schema.source import Sealed, Tables, TableSource
from helpers.study.schema.survival import Comparison, CompetingRisks, Endpoint, SurvivalPlan
from helpers.study.schema.therapy import LineQuantity, LineRules, Lines, Regimen
from helpers.study.schema.variable import TESTS, Condition, Variable

__all__ = [
    "RULES",
    "TESTS",
    "YES_NO",
    "AdverseEvents",
    "Assessments",
    "Comparison",
    "CompetingRisks",
    "Condition",
    "Criterion",
    "Cut",
    "Derived",
    "Disclosure",
    "Endpoint",
    "EventClass",
    "FirstMatch",
    "Interval",
    "Kind",
    "KnownAt",
    "LineQuantity",
    "LineRules",
    "Lines",
    "Match",
    "Order",
    "Population",
    "Recode",
    "Regimen",
    "ResponseQuantity",
    "ResponseRules",
    "Sealed",
    "Section",
    "Settings",
    "Style",
    "SurvivalPlan",
    "TableSource",
    "Tables",
    "Variable",
    "Window",
    "WithinMonths",
]
