"""A module of the package taken apart: functions, classes, constants, and what each one names.

Comments and layout play no part, nor does a docstring, unless something reads docstrings. What a
module does when it is imported counts for everyone who imports it; a function or a constant only
for those who can reach it.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: Decorators that leave no trace outside the function that they are on.
QUIET = {"cache", "contextmanager", "lru_cache", "overload", "wraps"}
QUIET_CLASS = {"dataclass", "final", "runtime_checkable", "total_ordering"}
HARMLESS = {"Decimal", "TypeVar", "dict", "frozenset", "re.compile", "tuple"}
#: What a constant may be made of for it to do nothing when it is made.
INERT = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Name,
    ast.Attribute,
    ast.UnaryOp,
    ast.BinOp,
    ast.Subscript,
    ast.Starred,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
    ast.JoinedStr,
    ast.FormattedValue,
)
NAME = "helpers"
IMPORT = "import "
DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Unit:
    """One piece of a module.

    Attributes:
        kind: ``function``, ``class``, ``constant`` or ``module-level code``.
        digest: Hash of its code, and of what the names in it were imported from.
        docstring: Hash of its docstring; empty where it has none.
        names: What it names, as dotted words; those of imports in full.
        eager: Whether it counts as soon as its module is imported.
    """

    kind: str
    digest: str
    docstring: str
    names: tuple[str, ...]
    eager: bool


@dataclass(frozen=True)
class Module:
    """One module.

    Attributes:
        units: Its pieces by name; ``""`` is what is left at module level.
        bindings: Names that its imports bind, and what each one stands for.
        imports: Modules, or names in them, that importing it imports.
    """

    units: dict[str, Unit] = field(default_factory=dict)
    bindings: dict[str, str] = field(default_factory=dict)
    imports: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @staticmethod
    def from_dict(kept: dict[str, Any]) -> Module:
        """Return the module that :meth:`as_dict` took apart."""
        units = {
            name: Unit(**{**unit, "names": tuple(unit["names"])})
            for name, unit in kept["units"].items()
        }
        return Module(units, kept["bindings"], tuple(kept["imports"]))


def take_apart(source: str, name: str, package: bool) -> Module:
    """Return a module's pieces.

    Args:
        source: Its text.
        name: Its dotted name.
        package: Whether it is the ``__init__`` of a package.

    Raises:
        SyntaxError: It is no Python.
    """
    tree = ast.parse(source)
    home = name if package else name.rpartition(".")[0]
    bindings, executed = bindings_of(tree.body, home)
    units: dict[str, Unit] = {}
    rest: list[ast.stmt] = []
    order: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            units.update(_class_units(node, bindings, home))
        elif isinstance(node, FUNCTIONS):
            eager = not _is_quiet(node, QUIET) or node.name == "__getattr__"
            units[node.name] = _unit("function", [node], bindings, home, eager=eager)
        elif target := _constant(node):
            eager = target in units or not _is_inert(node)
            order += [target] * eager
            before = units.get(target)
            units[target] = _unit("constant", [node], bindings, home, eager=eager, after=before)
        elif not _is_elsewhere(node):
            rest.append(node)
    # Importing another's module may do anything; what importing ours does is reached by itself.
    others = [word for word in executed if not f"{word}.".startswith(f"{NAME}.")]
    marks: list[ast.expr] = [ast.Constant(word) for word in (*order, *others)]
    whole = ast.Module([*rest, ast.Expr(ast.Tuple(marks, ast.Load()))], [])
    units[""] = _unit("module-level code", [whole], bindings, home, eager=True)
    return Module(units, bindings, tuple(executed))


@dataclass
class Reading:
    """What reading a piece of code finds.

    Attributes:
        code: Its structure: everything but comments, layout and docstrings.
        words: What it names, with the attributes taken of it.
        docstrings: Its docstrings.
        imports: The imports within it.
    """

    code: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    docstrings: list[str] = field(default_factory=list)
    imports: list[ast.AST] = field(default_factory=list)

    def read(self, node: ast.AST) -> None:
        """Read a node and all below it."""
        word = dotted_name(node)
        if word and isinstance(node, ast.Name | ast.Attribute):
            self.words.add(word)
            self.code += (word, type(node.ctx).__name__)
            return
        if isinstance(node, ast.Attribute):
            self.words.add(f"?.{node.attr}")
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imports.append(node)
        docstring = docstring_of(node)
        if docstring:
            self.docstrings.append(docstring)
        self.code.append(type(node).__name__)
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                self._several(value[1:] if docstring and name == "body" else value)
            elif isinstance(value, ast.AST):
                self.read(value)
            else:
                self.code.append(repr(value))

    def _several(self, values: list[Any]) -> None:
        self.code.append("[")
        for value in values:
            if isinstance(value, ast.AST):
                self.read(value)
            else:
                self.code.append(repr(value))
        self.code.append("]")

    def named(self, bindings: Mapping[str, str], home: str) -> tuple[set[str], dict[str, str]]:
        """Return its words, those of imports in full, and the bindings that it uses.

        Args:
            bindings: What the names around it stand for.
            home: The package that relative imports start from.
        """
        inner, imported = bindings_of(self.imports, home)
        around = {**bindings, **inner}
        found = {f"{IMPORT}{name}" for name in imported}
        used: dict[str, str] = {}
        for word in self.words:
            root, dot, rest = word.partition(".")
            stands_for = around.get(root, root)
            if root in around:
                used[root] = stands_for
            found.add(f"{stands_for}{dot}{rest}")
        return found, used


def _class_units(
    node: ast.ClassDef, bindings: dict[str, str], home: str
) -> Iterator[tuple[str, Unit]]:
    """A class's own statements are one piece, each of its methods another."""
    methods = [part for part in node.body if isinstance(part, FUNCTIONS)]
    own = [part for part in node.body if part not in methods]
    shell = ast.ClassDef(**{**dict(ast.iter_fields(node)), "body": own})
    busy = [part for part in own[bool(docstring_of(node)) :] if isinstance(part, ast.Expr)]
    eager = bool(busy) or bool(node.keywords) or not _is_quiet(node, QUIET_CLASS)
    yield node.name, _unit("class", [shell], bindings, home, eager=eager)
    grouped: dict[str, list[ast.AST]] = {}
    for method in methods:
        grouped.setdefault(method.name, []).append(method)
    for name, parts in grouped.items():
        yield f"{node.name}.{name}", _unit("function", parts, bindings, home, eager=False)


def _unit(
    kind: str,
    nodes: Iterable[ast.AST],
    bindings: dict[str, str],
    home: str,
    *,
    eager: bool,
    after: Unit | None = None,
) -> Unit:
    reading = Reading()
    for node in nodes:
        reading.read(node)
    names, used = reading.named(bindings, home)
    code = [after.digest if after else "", *reading.code, repr(sorted(used.items()))]
    return Unit(
        kind,
        digest_of("|".join(code)),
        digest_of("|".join(reading.docstrings)) if reading.docstrings else "",
        tuple(sorted(names.union(after.names if after else ()))),
        eager,
    )


def bindings_of(nodes: Iterable[ast.AST], home: str) -> tuple[dict[str, str], list[str]]:
    """Return what imports bind, and what they import when they are executed."""
    bound: dict[str, str] = {}
    executed: list[str] = []
    for node in nodes:
        if isinstance(node, ast.If) and dotted_name(node.test).endswith("TYPE_CHECKING"):
            bound |= bindings_of(node.body, home)[0]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                executed.append(alias.name)
                root = alias.name.partition(".")[0]
                bound[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, home)
            for alias in node.names:
                executed.append(f"{base}.{alias.name}")
                bound[alias.asname or alias.name] = f"{base}.{alias.name}"
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            inner, ran = bindings_of(ast.iter_child_nodes(node), home)
            bound, executed = bound | inner, executed + ran
        elif isinstance(node, ast.ExceptHandler):
            inner, ran = bindings_of(node.body, home)
            bound, executed = bound | inner, executed + ran
    return bound, executed


def _absolute(node: ast.ImportFrom, home: str) -> str:
    if not node.level:
        return node.module or ""
    parts = home.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base


def dotted_name(node: ast.AST) -> str:
    """Return a name with the attributes taken of it, as one word; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _constant(node: ast.stmt) -> str:
    """Return the name that a statement gives a value, if that is all it does."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    one = targets[0] if len(targets) == 1 else None
    return one.id if isinstance(one, ast.Name) else ""


def _is_inert(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    if isinstance(value, ast.Call) and dotted_name(value.func) in HARMLESS:
        return all(isinstance(part, INERT) for one in value.args for part in ast.walk(one))
    return value is None or all(isinstance(part, INERT) for part in ast.walk(value))


def _is_quiet(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, quiet: set[str]) -> bool:
    """Whether defining it does nothing but define it."""
    names = [
        dotted_name(mark.func if isinstance(mark, ast.Call) else mark)
        for mark in node.decorator_list
    ]
    if not all(name.rpartition(".")[2] in quiet for name in names):
        return False
    if isinstance(node, ast.ClassDef):
        return True
    defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    return not any(isinstance(part, ast.Call) for one in defaults for part in ast.walk(one))


def _is_elsewhere(node: ast.stmt) -> bool:
    """Whether a statement is an import, or runs only for types or in the program itself."""
    if not isinstance(node, ast.If):
        return isinstance(node, (ast.Import, ast.ImportFrom))
    test = node.test.left if isinstance(node.test, ast.Compare) else node.test
    return dotted_name(test).endswith(("__name__", "TYPE_CHECKING"))


def docstring_of(node: ast.AST) -> str:
    """Return the docstring of a module, class or function; empty for anything else."""
    if not isinstance(node, (*DEFINES, ast.Module)) or not node.body:
        return ""
    first = node.body[0]
    held = first.value if isinstance(first, ast.Expr) else None
    return held.value if isinstance(held, ast.Constant) and isinstance(held.value, str) else ""


def digest_of(text: str) -> str:
    """Return a short hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
