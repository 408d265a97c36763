"""Defaults of the notebooks' parameters, and how numbers are printed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from helpers.study.schema.section import Key, Months, Section


class Settings(Section):
    """What a notebook parameter may change; the parameter has the same name.

    Attributes:
        response_population: Population of the response analysis.
        survival_population: Population of PFS, OS and time to next treatment.
        safety_population: Population of the safety analysis.
        landmark_months: Landmarks of the landmark analyses, months.
        timepoint_months: Times at which survival rates are given, months.
        confidence_level: Level of every interval.
        interval_transform: Transform of survival intervals.
        high_risk_months_from_start: Functional high risk: months from first-line start.
        high_risk_months_from_transplant: Functional high risk: months from transplant.
    """

    response_population: Key = "treated"
    survival_population: Key = "treated"
    safety_population: Key = "treated"
    landmark_months: Months = []
    timepoint_months: Months = [6, 12]
    confidence_level: float = Field(default=0.95, gt=0.5, lt=1)
    interval_transform: Literal["log-log", "log", "plain"] = "log-log"
    high_risk_months_from_start: float | None = Field(default=None, gt=0)
    high_risk_months_from_transplant: float | None = Field(default=None, gt=0)


class Style(Section):
    """How numbers are printed.

    Attributes:
        percent_digits: Digits after the point of a percentage.
        p_digits: Digits after the point of a p-value.
        p_floor: p-values below are printed as "<" this.
        time_digits: Digits after the point of months.
        ratio_digits: Digits after the point of hazard and odds ratios.
    """

    percent_digits: int = Field(default=1, ge=0, le=3)
    p_digits: int = Field(default=3, ge=2, le=4)
    p_floor: float = 0.001
    time_digits: int = Field(default=1, ge=0, le=2)
    ratio_digits: int = Field(default=2, ge=1, le=3)
