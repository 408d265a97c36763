"""The certificate of a verification: one page that says what was verified, and no more."""

from __future__ import annotations

import datetime as dt
import getpass
import io
import platform
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from helpers.review.verification import Quantity, Verification
from helpers.review.verification.certificate import certificate_content, today, write_certificate
from helpers.review.verification.environment import Environment, Fact
from helpers.review.verification.quantity import KINDS
from helpers.review.verification.verification import WITHOUT_DATA

DAY = dt.date(2026, 3, 9)
SAME = Fact("requirements.lock", "a", "a", agrees=True)
AGREES = ("x", "", "1", "1", "none", "none", "agrees")


def environment(differences: int) -> Environment:
    packages = tuple(
        Fact(f"a-package-with-a-long-name-{n}", "1.2.3 or 4.5.6", "10.11.12", agrees=False)
        for n in range(differences)
    )
    return Environment(SAME, SAME, packages, "CPython 3.11.7", "Linux x86_64")


@pytest.fixture
def found() -> Verification:
    """A verification in which every kind of quantity agrees, on the data."""
    return Verification(
        study="toy",
        title="A toy study with a title that needs more than one line of the page, as many do",
        mode="data",
        record="outputs/toy",
        record_hash="0123456789abcdef",
        data_hash="fedcba9876543210",
        data_here="fedcba9876543210",
        synthetic=True,
        parameters={"confidence_level": 0.9},
        quantities=tuple(
            Quantity(kind, *AGREES, of=12_345) for kind in KINDS if kind not in WITHOUT_DATA
        ),
        environment=environment(25),
    )


def written(found: Verification, folder: Path) -> tuple[bytes, str]:
    content = write_certificate(found, folder).read_bytes()
    (page,) = PdfReader(io.BytesIO(content)).pages  # one page, or this fails
    return content, " ".join(page.extract_text().split())


def test_the_fullest_certificate_has_one_page_that_says_all(found, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(dt.datetime(2026, 3, 9).timestamp())))
    content, text = written(found, tmp_path)
    for words in (
        "Certificate of verification",
        "Verified: 185,175 of 185,175 quantities of the record agree",
        "outputs/toy, hash 0123456789abcdef",
        "hash fedcba9876543210, synthetic; here fedcba9876543210",
        "confidence_level = 0.9",
        "CPython 3.11.7",
        "25 of 27 facts not as recorded",
        "9 March 2026",
        "rendered documents, and files that no build makes, 12,345",
    ):
        assert words in text, words
    assert written(found, tmp_path / "again")[0] == content
    for name in (getpass.getuser(), platform.node(), str(tmp_path)):
        assert name not in text


def test_what_failed_gets_no_certificate(found, tmp_path):
    wrong = Quantity("count", "a", "n", "1", "2", "1", "none", "differs")
    unknown = Quantity("count", "b", "row", "1", "", "", "", "not verified")
    for one in (wrong, unknown):
        failed = replace(found, quantities=(*found.quantities, one))
        text = written(failed, tmp_path)[1]
        assert text.startswith("No certificate: the verification failed")
        assert "rerun gave the numbers" not in text


def test_a_certificate_on_the_twin_says_so_and_claims_no_number(found, tmp_path):
    twin = replace(
        found,
        mode="twin",
        quantities=tuple(Quantity(kind, *AGREES) for kind in ("pipeline", "hash", "count")),
    )
    text = written(twin, tmp_path)[1]
    assert "Certificate of verification on a synthetic twin" in text
    assert "No published number was recomputed" in text
    assert "rerun gave the numbers" not in text
    content = certificate_content(twin, DAY)
    assert content["all"] == ["All", "2", "2", "0", "0"]
    assert content["outside"] == ["counts, numerators and denominators, 1"]


def test_the_day_is_that_of_the_clock_unless_it_is_given(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today() == dt.date(1970, 1, 2)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert abs(today() - dt.datetime.now(dt.UTC).date()) <= dt.timedelta(days=1)
