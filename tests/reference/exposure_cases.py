"""Inputs of exposure.R: counts with patient-time, and one small course of events."""

#: Patients with their window in days, and events with their onset (days; None where unknown).
WINDOWS = {
    "p1": (0, 99),
    "p2": (10, 59),
    "p3": (0, 29),
    "p4": (5, 204),
    "p5": (0, 0),
}
EVENTS = [
    ("p1", "anaemia", "blood", 2, 9),
    ("p1", "anaemia", "blood", 3, 49),
    ("p1", "nausea", "gut", 1, 0),
    ("p2", "neutropenia", "blood", 4, 30),
    ("p2", "anaemia", "blood", 1, 59),
    ("p3", "nausea", "gut", 2, None),
    ("p4", "anaemia", "blood", 1, 5),
    ("p4", "neutropenia", "blood", 2, 104),
    ("p4", "neutropenia", "blood", 3, 204),
    ("p5", "pneumonia", "infection", 5, 0),
]


def inputs():
    rates = [
        {"count": count, "time": time, "level": level}
        for count, time in [(0, 12.5), (1, 0.25), (3, 41.0), (21, 98.3), (250, 1234.5), (9999, 7.0)]
        for level in (0.9, 0.95)
    ]
    windows = {
        "patient": list(WINDOWS),
        "start": [start for start, _ in WINDOWS.values()],
        "end": [end for _, end in WINDOWS.values()],
    }
    columns = ("patient", "term", "event_class", "grade", "onset")
    events = {name: [row[at] for row in EVENTS] for at, name in enumerate(columns)}
    return {"rates": rates, "windows": windows, "events": events}
