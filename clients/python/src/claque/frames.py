"""Between the objects of frames (`groupId`) and the classes of this library (`group_id`)."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, Dict, List, Tuple, Type, TypeVar, Union

from .errors import ClaqueError, ErrorCode

T = TypeVar("T")


def camel(name: str) -> str:
    """`group_id` as frames spell it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


Field = Tuple[str, str, Any, bool]
"""Of a field: its name here, its name in frames, its type, whether it must be there."""
_FIELDS: Dict[Type[Any], List[Field]] = {}


def _fields(kind: Type[Any]) -> List[Field]:
    known = _FIELDS.get(kind)
    if known is None:
        hints = typing.get_type_hints(kind)
        known = _FIELDS[kind] = [
            (field.name, camel(field.name), hints[field.name], field.default is dataclasses.MISSING)
            for field in dataclasses.fields(kind)
        ]
    return known


def decode(kind: Type[T], value: Any) -> T:
    """An object of this class. Fields that it does not know are ignored.

    Raises `ClaqueError` with code 604 where a field is missing or of another kind than documented.
    """
    made: T = _decode(kind, value, kind.__name__)
    return made


def _decode(kind: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if kind is Any:
        return value
    if origin is Union:  # Only Optional occurs.
        return None if value is None else _decode(typing.get_args(kind)[0], value, where)
    if origin is list and isinstance(value, list):
        (inner,) = typing.get_args(kind)
        return [_decode(inner, each, where) for each in value]
    if origin is dict and isinstance(value, dict):
        inner = typing.get_args(kind)[1]
        return {name: _decode(inner, each, f"{where}.{name}") for name, each in value.items()}
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        given: Dict[str, Any] = {}
        for name, spelt, its, needed in _fields(typing.cast(Type[Any], kind)):
            if spelt in value:
                given[name] = _decode(its, value[spelt], f"{where}.{spelt}")
            elif needed:
                raise _unreadable(f"{where} has no {spelt}")
        return kind(**given)  # type: ignore[operator]
    if origin is None and isinstance(kind, type) and isinstance(value, kind):
        # Truth values are whole numbers to Python, and to nobody else.
        if not (kind is int and isinstance(value, bool)):
            return value
    raise _unreadable(f"{where}: {value!r} is of the wrong kind")


def _unreadable(text: str) -> ClaqueError:
    return ClaqueError(ErrorCode.PARSE, f"an answer that cannot be understood: {text}", origin="client")


def encode(value: Any) -> Any:
    """The object of frames; what is None is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = ((spelt, getattr(value, name)) for name, spelt, _, _ in _fields(type(value)))
        return {spelt: encode(each) for spelt, each in named if each is not None}
    if isinstance(value, dict):
        return {name: encode(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        items: List[Any] = [encode(each) for each in value]
        return items
    return value


def parameters(**named: Any) -> Dict[str, Any]:
    """Parameters of a request, spelt as frames spell them; what is None is left out."""
    return {camel(name): encode(value) for name, value in named.items() if value is not None}
