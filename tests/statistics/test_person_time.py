import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.statistics.person_time import require_own_intervals, split_at_change


def listed(split):
    columns = (split.row, split.start, split.stop, split.event, split.state)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_split_by_hand():
    """Before, at and after the end of follow-up; at zero; never."""
    split = split_at_change([10, 10, 10, 10, 10, 10], [1, 0, 1, 1, 1, 0], [4, 4, 10, 11, 0, None])
    assert listed(split) == [
        (0, 0, 4, False, False),
        (0, 4, 10, True, True),
        (1, 0, 4, False, False),
        (1, 4, 10, False, True),
        (2, 0, 10, True, False),
        (3, 0, 10, True, False),
        (4, 0, 10, True, True),
        (5, 0, 10, False, False),
    ]
    assert split.without_time.size == 0


def test_late_entry_by_hand():
    """A change before, at and after entry."""
    split = split_at_change([9, 9, 9], [1, 1, 1], [2, 3, 5], entry=[3, 3, 3])
    assert listed(split) == [
        (0, 3, 9, True, True),
        (1, 3, 9, True, True),
        (2, 3, 5, False, False),
        (2, 5, 9, True, True),
    ]


def test_a_patient_without_time_is_listed():
    split = split_at_change([0, 2], [1, 1], [None, 1])
    assert split.without_time.tolist() == [0]
    assert listed(split) == [(1, 0, 1, False, False), (1, 1, 2, True, True)]


def test_no_patients():
    assert listed(split_at_change([], [], [])) == []


def test_a_change_that_differs_from_the_event_by_rounding_never_happens():
    split = split_at_change([0.1 + 0.2, 9], [1, 0], [0.3, None])
    assert split.state.tolist() == [False, False]


patient = st.tuples(
    st.integers(1, 8), st.booleans(), st.one_of(st.none(), st.integers(-1, 9)), st.integers(0, 7)
).filter(lambda p: p[3] < p[0])


@given(st.lists(patient, min_size=1, max_size=12))
def test_no_time_and_no_event_is_lost(patients):
    durations, events, changes, entry = zip(*patients, strict=True)
    split = split_at_change(durations, events, changes, entry=entry)
    assert (split.stop > split.start).all()
    lived = np.bincount(split.row, split.stop - split.start, minlength=len(patients))
    assert lived == pytest.approx(np.subtract(durations, entry))
    assert np.bincount(split.row, split.event, minlength=len(patients)).tolist() == list(events)
    for row, stop, state in zip(split.row, split.stop, split.state, strict=True):
        assert state == (changes[row] is not None and changes[row] < stop)


@pytest.mark.parametrize(
    ("durations", "changes", "entry"),
    [
        ([1, 2], [1], None),
        ([1, 2], [np.inf, 1], None),
        ([1, -2], [None, None], None),
        ([1, 2], [None, None], [1, 1]),
        ([1, 2], ["x", None], None),
    ],
)
def test_nonsense_is_refused(durations, changes, entry, refused):
    with refused():
        split_at_change(durations, [1, 1], changes, entry=entry)


@pytest.mark.parametrize(
    ("start", "stop", "event", "words"),
    [
        ([0, 3], [4, 6], [0, 1], "overlap"),
        ([0, 0], [4, 4], [0, 0], "overlap"),
        ([0, 4], [4, 6], [1, 0], "follow the patient's event"),
        ([4, 0], [6, 4], [1, 1], "follow the patient's event"),
        (None, [4, 6], [0, 0], "overlap"),
    ],
)
def test_intervals_that_overlap_are_refused(start, stop, event, words):
    arrays = np.array(stop, float), np.array(event, bool)
    begin = None if start is None else np.array(start, float)
    with pytest.raises(ValueError, match=words):
        require_own_intervals(np.array([5, 5]), *arrays, begin)
    require_own_intervals(np.array([5, 6]), *arrays, begin)


def test_intervals_with_a_gap_are_allowed():
    stop, start = np.array([4.0, 9.0, 12.0]), np.array([0.0, 5.0, 9.0])
    event = np.array([False, False, True])
    require_own_intervals(np.zeros(3, int), stop, event, start)
    with pytest.raises(ValueError, match="overlap"):
        require_own_intervals(np.zeros(3, int), stop, event, start - [0, 1.5, 0])
