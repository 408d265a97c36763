"""Which functions, classes and constants of the package a piece of code can come to use.

A static call graph, made to err on the side of too much: a class that is named counts with all
its methods and its bases; a module that is handed on as a value, or that makes names up as it
goes, counts as a whole; an imported module counts with whatever it does when it is imported.
What a method is called on plays no part: an object's class is named by whoever makes one.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from helpers.pipeline.contents import replace_text
from helpers.pipeline.units import IMPORT, NAME, Module, Unit, digest_of, take_apart

#: Words with which code gets at names that stand nowhere in it.
MADE_UP = {"__import__", "eval", "exec", "globals", "importlib.import_module", "sys.modules"}
#: Words with which code reads docstrings.
READS_DOCSTRINGS = ("__doc__", "inspect.getdoc", "model_json_schema")
#: Words with which code finds files beside it.
READS_FILES = ("importlib.resources", "__file__", "__path__", "pkgutil")
#: Imports only what cells name, and these count on their own account; reads none of our files.
MACHINERY = f"{NAME}.pipeline."


@dataclass(frozen=True)
class Package:
    """The package's modules, taken apart when they are first asked for.

    Attributes:
        folder: Its folder.
        digests: The content hash of each of its files, by relative path.
        kept: Where modules that were taken apart are remembered, by content.
    """

    folder: Path
    digests: Mapping[str, str]
    kept: Path | None = None
    _modules: dict[str, Module] = field(default_factory=dict)
    _remembered: dict[str, dict[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kept is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):
                found = json.loads(self.kept.read_text(encoding="utf-8"))
                if found["made by"] == self._maker:
                    self._remembered.update(found["modules"])

    @property
    def _maker(self) -> str:
        return self.digests.get("pipeline/units.py", "")

    def file_of(self, name: str) -> str | None:
        """Return the file of a module, below the package's folder; None where there is none."""
        inner = name.replace(".", "/")[len(NAME) + 1 :]
        files = (f"{inner}.py", f"{inner}/__init__.py") if inner else ("__init__.py",)
        return next((file for file in files if file in self.digests), None)

    def module(self, name: str) -> Module:
        """Return a module, taken apart; one that is no Python is one piece of text."""
        if name not in self._modules:
            file = self.file_of(name)
            assert file is not None
            self._modules[name] = self._take_apart(name, file)
        return self._modules[name]

    def _take_apart(self, name: str, file: str) -> Module:
        digest = self.digests[file]
        kept = self._remembered.get(digest)
        if kept is not None and kept["name"] == name:
            return Module.from_dict(kept)
        source = (self.folder / file).read_text(encoding="utf-8")
        try:
            found = take_apart(source, name, file.endswith("__init__.py"))
        except (SyntaxError, ValueError):
            return Module({"": Unit("module-level code", digest_of(source), "", (), True)})
        self._remembered[digest] = {"name": name, **found.as_dict()}
        return found

    def save(self) -> None:
        """Remember the modules of now; where that cannot be written, they are read again."""
        if self.kept is not None:
            current = set(self.digests.values())
            kept = {key: value for key, value in self._remembered.items() if key in current}
            with suppress(OSError):
                replace_text(self.kept, json.dumps({"made by": self._maker, "modules": kept}))

    def module_in(self, dotted: str) -> tuple[str, list[str]] | None:
        """Return the module that a dotted word begins with, and what follows; None for others."""
        parts = dotted.split(".")
        if parts[0] != NAME:
            return None
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            if self.file_of(name) is not None:
                return name, parts[end:]
        return None


class Reach:
    """What some code reaches.

    Args:
        package: Where it is looked for.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._reached: dict[tuple[str, str], Unit] = {}
        self._imported: set[str] = set()
        self._waiting: list[tuple[str, str]] = []

    def of(self, words: Iterable[str]) -> dict[str, str]:
        """Return the pieces that dotted words reach: what each is called, and its hash.

        Args:
            words: Names in full, as :class:`~helpers.pipeline.units.Unit` has them.
        """
        with _no_collection():
            for word in words:
                self._follow("", word)
            while self._waiting:
                module, name = self._waiting.pop()
                for word in self._reached[module, name].names:
                    self._follow(module, word)
        return {**self._pieces(), **self._files()}

    def _follow(self, module: str, word: str) -> None:
        """Reach what a word means within a module; ``import`` before it imports, and no more."""
        if word.startswith(IMPORT):
            self._import(word[len(IMPORT) :])
            return
        if word in MADE_UP and not module.startswith(MACHINERY):
            self._everything()
        root = word.partition(".")[0]
        if module and root in self._package.module(module).units:
            self._reach(module, root)
        elif (found := self._package.module_in(word)) is not None:
            self._enter(*found)

    def _enter(self, module: str, parts: list[str]) -> None:
        """Reach what stands in a module under a name; without a name, all of it."""
        self._import(module)
        held = self._package.module(module)
        if not parts or parts[0].startswith("__"):
            self._whole(module)
        elif parts[0] in held.units:
            self._reach(module, parts[0])
        elif parts[0] in held.bindings:
            self._follow("", ".".join([held.bindings[parts[0]], *parts[1:]]))

    def _reach(self, module: str, name: str) -> None:
        if (module, name) in self._reached:
            return
        units = self._package.module(module).units
        self._reached[module, name] = units[name]
        self._waiting.append((module, name))
        if units[name].kind == "class":
            for method in units:
                if method.startswith(f"{name}."):
                    self._reach(module, method)

    def _import(self, dotted: str) -> None:
        """Count what importing a module, and the packages above it, does."""
        found = self._package.module_in(dotted)
        if found is None or found[0] in self._imported:
            return
        module = found[0]
        self._imported.add(module)
        if "." in module:
            self._import(module.rpartition(".")[0])
        held = self._package.module(module)
        for name, unit in held.units.items():
            if unit.eager:
                self._reach(module, name)
        for name in held.imports:
            self._import(name)

    def _whole(self, module: str) -> None:
        for name in self._package.module(module).units:
            self._reach(module, name)

    def _everything(self) -> None:
        for file in self._package.digests:
            if file.endswith(".py"):
                inner = file.removesuffix(".py").removesuffix("__init__").strip("/")
                module = f"{NAME}.{inner.replace('/', '.')}".strip(".")
                self._import(module)
                self._whole(module)

    def _pieces(self) -> dict[str, str]:
        reads_docstrings = self._uses(READS_DOCSTRINGS)
        return {
            f"{unit.kind} {module}{'.' if name else ''}{name}": unit.digest
            + (unit.docstring if reads_docstrings else "")
            for (module, name), unit in self._reached.items()
        }

    def _files(self) -> dict[str, str]:
        """The files that are no code, where a piece finds files beside itself."""
        if not self._uses(READS_FILES):
            return {}
        return {
            f"src/{NAME}/{file}": digest
            for file, digest in self._package.digests.items()
            if not file.endswith(".py")
        }

    def _uses(self, words: tuple[str, ...]) -> bool:
        """Whether a piece uses one of some words, as a name or as an attribute."""
        return any(
            name.startswith(words) or name.endswith(words)
            for (module, _), unit in self._reached.items()
            if not module.startswith(MACHINERY)
            for name in unit.names
        )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Syntax trees are many small objects, and nothing that could be collected."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
