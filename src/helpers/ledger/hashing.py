"""The hash of a ledger row: shows that a number is the one that was hashed, without the number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

# Processors differ in the last digits of a float; what is compared as text stops before them.
ENOUGH = ".8g"
HASHED = ("value", "n", "denominator", "low", "high", "display", "interval")


def row_hash(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row's key, numbers to eight digits, and strings, as hex digits.

    A number that few others could be, such as a count, can be guessed from its hash: the hash
    proves agreement, it does not hide.

    Args:
        row: The row as plain data.
    """
    parts = [str(row["key"]), *(_text(row.get(name)) for name in HASHED)]
    return hashlib.sha256(";".join(parts).encode()).hexdigest()


def _text(value: object) -> str:
    return f"{value:{ENOUGH}}" if isinstance(value, float) else "" if value is None else str(value)
