"""YAML for people to edit: its values, and on which line each of them stands."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a document."""
_DEEPEST = 40


class YamlProblem(Exception):
    """The text is no YAML that can be used. ``line`` counts from 1; 0 when there is none."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class YamlDocument(msgspec.Struct, frozen=True):
    """``value`` as plain data. ``ends`` says after which line a list or mapping ends."""

    value: Any
    lines: dict[Path, int]
    ends: dict[Path, int]
    block_lists: frozenset[Path]
    """Lists with an item per line, as opposed to ``[a, b]``."""
    columns: dict[Path, int]
    """How far the items of a list in blocks are indented."""
    repeated: tuple[tuple[str, int], ...]
    """Keys that stand twice in a mapping (YAML takes the last), and where."""

    def line(self, path: Path) -> int:
        """The line of ``path``, or of what is nearest around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse_yaml(text: str) -> YamlDocument:
    """Read one document of plain values. Raises ``YamlProblem``."""
    walk = _Walk()
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            walk.visit(node, (), 0)
        value = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlProblem(what, mark.line + 1 if mark is not None else 0) from error
    except yaml.YAMLError as error:  # a control character
        raise YamlProblem(" ".join(str(error).split()), 0) from error
    except (RecursionError, ValueError) as error:
        raise YamlProblem(str(error) or "it is nested too deeply", 0) from error
    return YamlDocument(
        value, walk.lines, walk.ends, frozenset(walk.block_lists), walk.columns, tuple(walk.repeated)
    )


class _Walk:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.ends: dict[Path, int] = {}
        self.block_lists: set[Path] = set()
        self.columns: dict[Path, int] = {}
        self.repeated: list[tuple[str, int]] = []

    def visit(self, node: yaml.Node, path: Path, depth: int) -> None:
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            self._end(node, path)
            if not node.flow_style:
                self.block_lists.add(path)
                self.columns[path] = node.start_mark.column
            for position, item in enumerate(node.value):
                self.visit(item, (*path, position), depth + 1)
        elif isinstance(node, yaml.MappingNode):
            self._end(node, path)
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    self.repeated.append((name, key.start_mark.line + 1))
                seen.add(name)
                self.lines[*path, name] = key.start_mark.line + 1
                self.visit(value, (*path, name), depth + 1)

    def _end(self, node: yaml.Node, path: Path) -> None:
        # A block ends where the next thing begins, blank lines and comments in between included.
        last = node
        while isinstance(last, yaml.CollectionNode) and last.value and not last.flow_style:
            item = last.value[-1]
            last = item[1] if isinstance(item, tuple) else item
        mark = last.end_mark
        self.ends[path] = mark.line + 1 if mark.column else mark.line
