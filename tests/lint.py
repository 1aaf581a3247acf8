"""The lint of `conversations/`: what would make a replay take another course than the first run (style.md 7).

A conversation is run again from the top at every message. So the world is read and changed only in `look` and `once`,
questions are found again by names that stand in the code, and nothing but answers decides.

    raw function      uses `talk.db`, or calls a raw function, outside what it hands to `once` or `look`
    talking function  asks, says, remembers, or calls a function that does

A raw function may do its work because somebody hands it to `once` or `look`; therefore it must not talk. Only what
answers "said twice" (`again=`) is run once, and may do both; it may not ask.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeGuard

ASKS = {"ask", "fill"}
KEEPS = {"once", "anew", "look"}
TALKS = ASKS | KEEPS | {"say", "go", "forget"}
MARKS = {"_", "n_", "N_"}
CHANGES = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort"}
CHANGES |= {"update", "reverse", "difference_update", "symmetric_difference_update"}
SETS = {"set", "frozenset"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
ORDERED = {"sorted", "min", "max", "sum", "len", "any", "all", "set", "frozenset"}  # of these the order is nothing

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Fault: TypeAlias = tuple[str, int, str]  # module, line, what is wrong


def lint(sources: dict[str, str]) -> list[Fault]:
    """Every fault of these modules (name -> source), which may call each other's functions."""
    modules = [Module(name, ast.parse(source)) for name, source in sources.items()]
    house = House(modules)
    return sorted({(m.name, line, told) for m in modules for line, told in (*_local(m), *house.faults(m))})


# --- rules that one place alone can break -------------------------------------------------------------------------


@dataclass(eq=False)
class Module:
    """A module's tree, with the parents of its nodes and what its names mean."""

    name: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """(ancestor, its child on the way), up to the function or module the node is in."""
        while (parent := self.parents.get(node)) is not None and not isinstance(node, Function):
            yield parent, node
            node = parent

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Its functions; those inside others and the methods under their own names."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, Function)}

    @cached_property
    def imported(self) -> dict[str, str]:
        """name used here -> where it comes from."""
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom))
        return {alias.asname or alias.name: f"{node.module}.{alias.name}" for node in found for alias in node.names}

    @cached_property
    def variables(self) -> dict[str, ast.expr | None]:
        """Names assigned at the top, with what they hold."""
        held: dict[str, ast.expr | None] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                held |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                held[node.target.id] = node.value
        return held

    def calls(self, names: set[str], within: ast.AST | None = None) -> Iterator[ast.Call]:
        """Calls of methods of these names."""
        for node in ast.walk(within or self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield node


def _local(module: Module) -> Iterator[tuple[int, str]]:
    yield from _words(module)
    yield from _names(module)
    yield from _changes(module)
    yield from _course(module)


def _course(module: Module) -> Iterator[tuple[int, str]]:
    """What runs at every wait, swallows it, or goes another way next time."""
    for node in ast.walk(module.tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield node.lineno, "a conversation is a plain function: no async"
            case ast.ExceptHandler(type=caught) if caught is None or "BaseException" in ast.unparse(caught):
                yield node.lineno, "a bare except swallows the wait"
            case ast.For(iter=over) | ast.comprehension(iter=over) if _is_set(module, over):
                if not (isinstance(node, ast.comprehension) and _order_is_nothing(module, node)):
                    yield over.lineno, "a set has no order: sort it"


def _order_is_nothing(module: Module, node: ast.comprehension) -> bool:
    made = module.parents[node]
    parent = module.parents[made]
    into = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in ORDERED
    return isinstance(made, ast.SetComp) or into


def _is_set(module: Module, value: ast.expr | None, deep: int = 3) -> bool:
    match value:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in SETS
        case ast.Call(func=ast.Attribute(attr=name, value=of)):
            return name in SET_METHODS and _is_set(module, of)
        case ast.BinOp(left=a, op=ast.BitAnd() | ast.BitOr() | ast.Sub() | ast.BitXor(), right=b):
            return _is_set(module, a) or _is_set(module, b)
        case ast.Name(id=name) if deep:
            return any(_is_set(module, held, deep - 1) for held in _held(module, value, name))
    return False


def _held(module: Module, used: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a name is assigned in the function around, else at the top."""
    places = [node for node, _child in module.around(used) if isinstance(node, Function)]
    here = [n for f in places for n in ast.walk(f) if isinstance(n, ast.Assign) and name in map(_id, n.targets)]
    yield from (n.value for n in here)
    if not here and (top := module.variables.get(name)) is not None:
        yield top


def _id(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _words(module: Module) -> Iterator[tuple[int, str]]:
    """Babel reads literals; what is not marked is never translated."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _id(node.func) in MARKS and not all(map(_literal, node.args)):
            yield node.lineno, "_() takes a literal"
    for call in module.calls({"say", "text", "forget", "ask"}):
        at = 1 if isinstance(call.func, ast.Attribute) and call.func.attr == "ask" else 0
        said = call.args[at] if len(call.args) > at else None
        if isinstance(said, ast.JoinedStr) or (_literal(said) and _has_words(said)):
            yield call.lineno, "words that people read are marked by _()"


def _literal(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _has_words(node: ast.AST | None) -> bool:
    text = str(node.value) if isinstance(node, ast.Constant) else ""
    while "{" in text and "}" in text.partition("{")[2]:
        before, _brace, rest = text.partition("{")
        text = before + rest.partition("}")[2]
    return any(c.isalpha() for c in text)


def _names(module: Module) -> Iterator[tuple[int, str]]:
    """An answer is found again by its name: it stands in the code, and in a loop it carries a key."""
    for call in module.calls({"ask", *KEEPS}):
        if not call.args:
            yield call.lineno, "a question, a look and a once have a name"
            continue
        for name in _choices(call.args[0]):
            keyed = isinstance(name, ast.JoinedStr) and bool(name.values) and _literal(name.values[0])
            if not keyed and not _literal(name):
                yield call.lineno, "a name is a literal, or an f-string that begins with one"
            elif not keyed and _loops(module, call):
                yield call.lineno, "a name in a loop carries a key"
    for call in module.calls({"fill"}):
        keys = call.args[0].keys if call.args and isinstance(call.args[0], ast.Dict) else [None]
        if not all(map(_literal, keys)):
            yield call.lineno, "the fields of a form have literal names"


def _choices(name: ast.expr) -> list[ast.expr]:
    return [*_choices(name.body), *_choices(name.orelse)] if isinstance(name, ast.IfExp) else [name]


def _loops(module: Module, node: ast.AST) -> bool:
    comprehensions = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    for parent, child in module.around(node):
        if isinstance(parent, ast.For | ast.While) and child in (*parent.body, getattr(parent, "test", None)):
            return True
        if isinstance(parent, comprehensions):
            return True
    return False


def _changes(module: Module) -> Iterator[tuple[int, str]]:
    """A module's variable outlives the turn, and belongs to one process of several."""
    told = "a module's variable does not change"
    seen: set[str] = set()
    for top in module.tree.body:
        targets = top.targets if isinstance(top, ast.Assign) else [top.target] if isinstance(top, ast.AugAssign) else []
        for name in map(_id, targets):
            if name in seen or isinstance(top, ast.AugAssign):
                yield top.lineno, told
            seen.add(name)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global) or any(_base(t) in module.variables for t in _changed(node)):
            yield node.lineno, told  # type: ignore[attr-defined]  # every statement and call has a line


def _changed(node: ast.AST) -> list[ast.expr]:
    """Of what a part is changed here: `x[1] = `, `x.y = `, `del x[1]`, `x.append()`."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return [t.value for t in targets if isinstance(t, ast.Subscript | ast.Attribute)]
        case ast.AugAssign(target=ast.Subscript(value=of) | ast.Attribute(value=of)):
            return [of]
        case ast.Call(func=ast.Attribute(attr=name, value=of)) if name in CHANGES:
            return [of]
    return []


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return _id(node)


# --- rules about who calls whom -----------------------------------------------------------------------------------


class House:
    """All modules together: which functions are raw, which ask, which talk."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self.modules = {m.name: m for m in modules}
        self.every = {(m.name, name): f for m in self.modules.values() for name, f in m.functions.items()}
        self.raw = self._closed({key for key in self.every if self._uses_db(key)}, bare=True)
        self.asks = self._closed({key for key in self.every if self._does(key, ASKS)})
        self.talks = {key for key in self.every if self._does(key, TALKS)}
        self.again = {self._meant(m, k.value) for m in self.modules.values() for k in ast.walk(m.tree) if _is_again(k)}

    def faults(self, module: Module) -> Iterator[tuple[int, str]]:
        """What is wrong with the functions of a module."""
        for name, function in module.functions.items():
            key = (module.name, name)
            if key in self.again and key in self.asks:
                yield function.lineno, "what answers 'said twice' is run once: it can not ask"
            elif key in self.raw - self.again and (key in self.talks or _is_conversation(function)):
                yield function.lineno, "talk.db only in what is handed to once or look"
        yield from self._guarded(module)

    def _guarded(self, module: Module) -> Iterator[tuple[int, str]]:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Try) and node.finalbody and self._asked_in(module, node.body):
                yield node.lineno, "finally round a question runs at every wait"
            if isinstance(node, ast.With) and self._asked_in(module, node.body):
                yield node.lineno, "with round a question ends at every wait"

    def _asked_in(self, module: Module, body: list[ast.stmt]) -> bool:
        calls = [n for stmt in body for n in ast.walk(stmt) if isinstance(n, ast.Call)]
        return any(_attr(c) in ASKS or self._meant(module, c.func) in self.asks for c in calls)

    def _closed(self, found: set[tuple[str, str]], bare: bool = False) -> set[tuple[str, str]]:
        """These functions and all that call them; `bare`: a call that is handed to once or look is none."""
        while True:
            more = {key for key in self.every if key not in found and self._called(key, bare) & found}
            if not more:
                return found
            found = found | more

    def _called(self, key: tuple[str, str], bare: bool) -> set[tuple[str, str]]:
        module = self.modules[key[0]]
        calls = [n for n in ast.walk(self.every[key]) if isinstance(n, ast.Call)]
        return {m for c in calls if (m := self._meant(module, c.func)) and not (bare and _handed(module, c))}

    def _meant(self, module: Module, func: ast.expr) -> tuple[str, str] | None:
        """The function of these modules that a name or `module.name` means."""
        if isinstance(func, ast.Name) and func.id in module.functions:
            return (module.name, func.id)
        if isinstance(func, ast.Name):
            where, _dot, name = module.imported.get(func.id, "").rpartition(".")
        elif isinstance(func, ast.Attribute):
            where, name = module.imported.get(_id(func.value), ""), func.attr
        else:
            return None
        return (where, name) if (where, name) in self.every else None

    def _uses_db(self, key: tuple[str, str]) -> bool:
        module = self.modules[key[0]]
        used = (n for n in ast.walk(self.every[key]) if isinstance(n, ast.Attribute) and n.attr == "db")
        return any(not _handed(module, n) for n in used)

    def _does(self, key: tuple[str, str], names: set[str]) -> bool:
        return any(True for _call in self.modules[key[0]].calls(names, self.every[key]))


def _handed(module: Module, node: ast.AST) -> bool:
    """Whether this runs only inside once or look: in a lambda or a `partial` that is given to one of them."""
    ways = list(module.around(node))
    for n, (parent, child) in enumerate(ways):
        if not isinstance(parent, ast.Call) or _attr(parent) not in KEEPS or child not in parent.args[1:]:
            continue
        later = [child, *(p for p, _c in ways[:n])]
        return any(isinstance(p, ast.Lambda) for p in later)
    return False


def _attr(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_conversation(function: Function) -> bool:
    return any(isinstance(d, ast.Call) and _id(d.func) == "conversation" for d in function.decorator_list)


def _is_again(node: ast.AST) -> TypeGuard[ast.keyword]:
    return isinstance(node, ast.keyword) and node.arg == "again" and not isinstance(node.value, ast.Call)
