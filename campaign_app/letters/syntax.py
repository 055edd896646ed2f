"""The small language of letter files: a field, and an if on a field.

python-liquid parses it; nothing it parses is rendered before its tree has been compared with
this module's list, so filters, loops, assignments, includes and attributes never run
(architecture, decision 20).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from liquid import BoundTemplate, Environment, FalsyStrictUndefined, Mode, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode, Literal
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError
from liquid.expression import Expression

from campaign_app.errors import LetterFault
from campaign_app.letters.fields import FIELDS

MAX_SOURCE = 20_000  #: Characters in one piece of a letter file.
MAX_OUTPUT = 20_000  #: Bytes that one piece may become when it is filled in.

_TAG = re.compile(r"\{%-?\s*([^\s%}]*)")
_TAGS = frozenset({"if", "else", "endif", "unless", "endunless"})


class _StrictIf(IfTag):
    mode = Mode.STRICT


class _StrictUnless(UnlessTag):
    mode = Mode.STRICT


class _LetterLanguage(Environment):
    """A Liquid that knows two tags and no filter, and stops long output."""

    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT
    loop_iteration_limit: ClassVar[int | None] = 1
    local_namespace_limit: ClassVar[int | None] = 1

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002  # Liquid's own signature
        for tag in (Literal, Output, Illegal, _StrictIf, _StrictUnless):
            self.add_tag(tag)


def faults(source: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return a plain sentence for everything in a piece of a letter that is not allowed."""
    if len(source) > MAX_SOURCE:
        return (f"A piece of the letter has more than {MAX_SOURCE:,} characters. Make it shorter.",)
    banned = tuple(dict.fromkeys(tag for tag in _TAG.findall(source) if tag not in _TAGS))
    if banned:
        return tuple(_banned_tag(tag) for tag in banned)
    try:
        template = _parsed(source)
    except LiquidError as error:
        return (
            f"The letter cannot be read: {error.message}. Look for a bracket or tag left open.",
        )
    return tuple(dict.fromkeys(_tree_faults(template, frozenset(allowed))))


def fields_in(source: str) -> tuple[str, ...]:
    """Return the names of the fields used in a piece of a letter that has no fault."""
    paths = (_path(expression) for expression in _expressions(_parsed(source)))
    return tuple(dict.fromkeys(str(path) for path in paths if path is not None))


def fill(source: str, values: Mapping[str, str]) -> str:
    """Return a piece of a letter with its fields filled in, each value once and as it is.

    Raises LetterFault when the piece holds anything but allowed fields and ifs, when a field it
    needs has no value, or when it would become longer than ``MAX_OUTPUT`` bytes. ``values`` may
    leave out allowed fields that are not known; naming one in an ``if`` is then false. They are
    cleaned before (``clean_text``): the renderer would turn a CR into a line end.
    """
    for fault in faults(source, FIELDS):
        raise LetterFault(fault)
    return _filled(_parsed(source), values)


def _filled(template: BoundTemplate, values: Mapping[str, str]) -> str:
    try:
        return template.render(**values)
    except UndefinedError as error:
        raise LetterFault(
            f"The letter needs a value that is not known: {error.message}."
        ) from error
    except ResourceLimitError as error:
        raise LetterFault("The letter becomes far too long. Make its text shorter.") from error


def _parsed(source: str) -> BoundTemplate:
    language = _LetterLanguage(tolerance=Mode.STRICT, undefined=FalsyStrictUndefined)
    return language.from_string(source)


def _banned_tag(tag: str) -> str:
    return (
        f"The tag {tag!r} is not allowed in a letter."
        " Use only if, else and unless, each with one field."
    )


def _tree_faults(template: BoundTemplate, allowed: frozenset[str]) -> Iterator[str]:
    for node in _nodes(template):
        if not isinstance(node, ContentNode | OutputNode | IfNode | UnlessNode | BlockNode):
            yield f"The letter holds {str(node)!r}, which is not allowed. Write it as plain text."
    for expression in _expressions(template):
        yield from _expression_faults(expression, allowed)


def _expression_faults(expression: Expression, allowed: frozenset[str]) -> Iterator[str]:
    path = _path(expression)
    if path is None or len(path.path) != 1 or not isinstance(path.path[0], str):
        yield f"{str(expression)!r} is more than a field. Use one field's name and nothing else."
    elif path.path[0] not in allowed:
        known = ", ".join(sorted(allowed))
        yield f"There is no field called {path.path[0]!r}. Use one of: {known}."


def _path(expression: Expression) -> Path | None:
    """Return the field that an output or a condition names, or None when it is anything else."""
    inner: object = None
    if isinstance(expression, FilteredExpression) and not expression.filters:
        inner = expression.left
    elif isinstance(expression, BooleanExpression):
        inner = expression.expression
    return inner if isinstance(inner, Path) else None


def _expressions(template: BoundTemplate) -> Iterator[Expression]:
    for node in _nodes(template):
        yield from node.expressions()


def _nodes(template: BoundTemplate) -> Iterator[Node]:
    context = RenderContext(template)
    waiting = list(reversed(template.nodes))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.children(context))))
