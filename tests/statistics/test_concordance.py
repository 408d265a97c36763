import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helpers.statistics.concordance import concordance

row = st.tuples(st.integers(0, 6), st.booleans(), st.integers(-2, 2))


def counted(rows):
    """Every pair, one by one."""
    agree, pairs = 0.0, 0
    for time, event, score in rows:
        for other_time, other_event, other_score in rows:
            if event and (other_time > time or (other_time == time and not other_event)):
                pairs += 1
                agree += 1.0 if score > other_score else 0.5 if score == other_score else 0.0
    return agree / pairs if pairs else None


@given(st.lists(row, min_size=1, max_size=25))
def test_every_pair_is_counted(rows):
    time, event, score = (np.array(column) for column in zip(*rows, strict=True))
    assert concordance(time.astype(float), event, score.astype(float)) == counted(rows)


def test_no_comparable_pair_gives_none():
    assert concordance(np.array([1.0, 2]), np.array([False, False]), np.array([0.0, 1])) is None
