"""Which code a name can reach: too much is allowed, too little is not."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from helpers.pipeline.contents import files_below, hashes
from helpers.pipeline.reach import Package, Reach

FILES = {
    "__init__.py": '"""The package."""',
    "plain.py": """
        from helpers import other
        from helpers.deep import inner as renamed

        LIMIT = 3
        UNUSED = 4
        COMPUTED = len("abc")

        def direct(x): return x + LIMIT
        def through(x): return other.target(x)
        def local(x):
            from helpers.late import later
            return later(x)
        def aliased(x): return renamed.f(x)
        def hands_on(f): return f(other)
        def idle(): return UNUSED
    """,
    "other.py": """
        def target(x): return _inner(x)
        def _inner(x): return x
        def elsewhere(x): return x
    """,
    "late.py": "def later(x): return x",
    "deep/__init__.py": "from helpers.deep.inner import f as exported",
    "deep/inner.py": "def f(x): return x\ndef g(x): return x",
    "classes.py": """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from helpers.late import later

        class Base:
            def shared(self): return helper()
        class Child(Base):
            value: int = 1
            def own(self) -> later: return self.shared()
        class Stranger:
            def own(self): return 2
        def helper(): return 1
        def make(): return Child()
    """,
    "registry.py": """
        KNOWN = {}
        def register(f):
            KNOWN[f.__name__] = f
            return f
        @register
        def found_by_name(): return 1
        def call(name): return KNOWN[name]()
    """,
    "table.py": """
        def a(): return 1
        def b(): return 2
        STEPS = {"a": a}
        def step(name): return STEPS[name]()
    """,
    "magic.py": """
        def by_text(name): return globals()[name]()
    """,
    "documented.py": '''
        def described():
            """What it says."""
            return 1
        def says():
            return described.__doc__
    ''',
    "beside.py": """
        from importlib.resources import files
        def text(): return (files("helpers") / "words.txt").read_text()
    """,
    "words.txt": "words",
    "lazy/__init__.py": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from helpers.lazy.hidden import Hidden
        def __getattr__(name):
            from helpers.lazy import hidden
            return getattr(hidden, name)
    """,
    "lazy/hidden.py": "class Hidden:\n    def method(self): return 1\nother = 1",
    "broken.py": "def f(:",
}


class Code:
    """A package that a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(textwrap.dedent(text).strip() + "\n")

    def reach(self, *words: str, kept: Path | None = None) -> dict[str, str]:
        """What names reach, in a process of its own."""
        package = Package(self.folder, hashes(self.folder, files_below(self.folder)), kept)
        found = Reach(package).of([f"helpers.{word}" for word in words])
        package.save()
        return found

    def names(self, *words: str) -> set[str]:
        return {name.rpartition(" ")[2].removeprefix("helpers.") for name in self.reach(*words)}

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))


@pytest.fixture
def code(tmp_path) -> Code:
    return Code(tmp_path / "helpers")


REACHED = [
    ("plain.direct", {"plain.LIMIT"}),
    ("plain.through", {"other.target", "other._inner"}),
    ("plain.local", {"late.later"}),
    ("plain.aliased", {"deep.inner.f"}),
    ("plain.hands_on", {"other.target", "other.elsewhere"}),
    ("plain", {"plain.direct", "plain.UNUSED", "deep.inner.f"}),
    ("deep.exported", {"deep.inner.f"}),
    ("classes.make", {"classes.Child.own", "classes.Base.shared", "classes.helper", "late.later"}),
    ("registry.call", {"registry.found_by_name", "registry.register", "registry.KNOWN"}),
    ("table.step", {"table.STEPS", "table.a"}),
    ("magic.by_text", {"plain.idle", "other.elsewhere", "table.b"}),
    ("lazy.Hidden", {"lazy.hidden.Hidden.method", "lazy.__getattr__"}),
    ("beside.text", {"src/helpers/words.txt"}),
    ("plain.direct", {"plain.COMPUTED"}),
    ("broken.f", {"broken"}),
]


@pytest.mark.parametrize(("word", "expected"), REACHED)
def test_what_is_reached(code, word, expected):
    assert expected <= code.names(word)


NOT_REACHED = [
    ("plain.direct", {"plain.UNUSED", "plain.through", "other.target", "late.later"}),
    ("plain.through", {"other.elsewhere", "late.later"}),
    ("classes.make", {"classes.Stranger.own"}),
    ("table.step", {"table.b"}),
    ("plain.idle", {"src/helpers/words.txt"}),
    ("other.target", {"plain.direct"}),
]


@pytest.mark.parametrize(("word", "others"), NOT_REACHED)
def test_what_is_not(code, word, others):
    assert not others & code.names(word)


QUIET = [
    ("return x + LIMIT", "return (  # why\n        x\n        + LIMIT\n    )"),
    ("def direct(x): return", "def direct(x):\n    # a comment\n    return"),
    ("def idle(): return UNUSED", "def idle(): return LIMIT"),
    ("UNUSED = 4", "UNUSED = 5"),
    ("def direct", "def another(): return 1\n\ndef direct"),
    ("def direct(x): return", 'def direct(x):\n    """What it does."""\n    return'),
]


@pytest.mark.parametrize(("old", "new"), QUIET)
def test_what_changes_nothing(code, old, new):
    before = code.reach("plain.direct")
    code.edit("plain.py", old, new)
    assert code.reach("plain.direct") == before


LOUD = [
    ("plain.direct", "plain.py", "x + LIMIT", "x - LIMIT"),
    ("plain.direct", "plain.py", "LIMIT = 3", "LIMIT = 4"),
    ("plain.direct", "plain.py", 'len("abc")', 'len("ab")'),
    ("plain.direct", "plain.py", "UNUSED = 4", "UNUSED = 4\nprint(1)"),
    ("plain.direct", "__init__.py", '"""The package."""', "import sys"),
    ("plain.through", "other.py", "def _inner(x): return x", "def _inner(x): return -x"),
    ("plain.through", "plain.py", "from helpers import other", "from helpers import late as other"),
    ("classes.make", "classes.py", "def helper(): return 1", "def helper(): return 2"),
    ("classes.make", "classes.py", "value: int = 1", "value: int = 2"),
    ("registry.call", "registry.py", "found_by_name(): return 1", "found_by_name(): return 2"),
    ("magic.by_text", "table.py", "return 2", "return 3"),
    ("documented.says", "documented.py", "What it says.", "What it said."),
    ("beside.text", "words.txt", "words", "other words"),
    ("broken.f", "broken.py", "def f(:", "def g(:"),
]


@pytest.mark.parametrize(("word", "file", "old", "new"), LOUD)
def test_what_changes_something(code, word, file, old, new):
    before = code.reach(word)
    code.edit(file, old, new)
    assert code.reach(word) != before


def test_the_import_of_another_thing_under_the_same_name(code):
    """Both are reached before and after: what differs is which of them the name means."""
    (code.folder / "two.py").write_text(
        "from helpers.deep.inner import f as chosen\nfrom helpers.deep.inner import f, g\n"
        "def call(): return chosen(f(g(1)))\n"
    )
    before = code.reach("two.call")
    code.edit("two.py", "import f as chosen", "import g as chosen")
    assert code.reach("two.call") != before


def test_only_changed_modules_are_taken_apart_again(code, tmp_path, monkeypatch):
    kept, taken = tmp_path / "units.json", []
    before = code.reach("plain.through", kept=kept)
    from helpers.pipeline import reach

    take_apart = reach.take_apart

    def spy(source, name, package):
        taken.append(name)
        return take_apart(source, name, package)

    monkeypatch.setattr(reach, "take_apart", spy)
    assert code.reach("plain.through", kept=kept) == before
    assert taken == []
    code.edit("other.py", "return _inner(x)", "return _inner(-x)")
    assert code.reach("plain.through", kept=kept) != before
    assert taken == ["helpers.other"]


@pytest.mark.parametrize("harm", ["", "[]", "{}", '{"made by": "", "modules": 1}'])
def test_damaged_notes_are_no_notes(code, tmp_path, harm):
    kept = tmp_path / "units.json"
    before = code.reach("plain.through")
    kept.write_text(harm)
    assert code.reach("plain.through", kept=kept) == before
