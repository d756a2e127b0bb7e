"""Evaluate: the truth of a graph's nodes for the rows of one batch, as masks."""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Final

import numpy as np

from tocsin.engine.atoms import PRESENCE
from tocsin.engine.compare import BoolArray
from tocsin.engine.fields import FieldValues, Part
from tocsin.engine.graph import Kind, Node
from tocsin.engine.program import Program
from tocsin.engine.references import find_referring_rows
from tocsin.engine.scan import KeywordScan, Lut, Scan
from tocsin.rules.model import REFERENCES, Operator, Test

CACHE_BYTES: Final = 64 * 1024 * 1024
"""Truths kept of nodes that stand in several places."""

Mask = BoolArray | bool
"""Truth per row, or the same for all rows."""


class _Cache:
    """Masks by node, forgotten all at once when they have become too large."""

    def __init__(self) -> None:
        self._masks: dict[int, Mask] = {}
        self._size_bytes = 0

    def get(self, number: int) -> Mask | None:
        return self._masks.get(number)

    def keep(self, number: int, mask: Mask) -> None:
        self._size_bytes += 0 if isinstance(mask, bool) else mask.nbytes
        if self._size_bytes > CACHE_BYTES // 2:
            self._masks.clear()
            self._size_bytes = 0
        self._masks[number] = mask


class Evaluation:
    """Some rows of a batch under one program.

    What looks at one field is computed once a distinct value (a `Lut`) and spread over the rows at the
    end; what looks at several is joined row by row.
    """

    def __init__(self, part: Part, program: Program) -> None:
        self._part = part
        self._program = program
        self._graph = program.graph
        self._luts, self._masks = _Cache(), _Cache()
        # Fields that no event of the batch has are left out; a test of them has one truth for all rows.
        found = ((name, part.find(name)) for name in program.fields)
        self._values: dict[str | None, FieldValues] = {name: values for name, values in found if values}
        self._scans = {
            field: Scan(scanner, values)
            for field, values in self._values.items()
            if (scanner := program.scanners.get(field))
        }

    @cached_property
    def _keywords(self) -> KeywordScan | None:
        scanner = self._program.scanners.get(None)
        return KeywordScan(scanner, list(self._part.every())) if scanner else None

    def suspects(self) -> list[int]:
        """The rules that may match: those with a witness in this batch, and those without witnesses."""
        rules = set(self._program.always)
        for field, scan in self._scans.items():
            rules.update(self._program.suspects(field, scan.present).tolist())
        if self._keywords:
            rules.update(self._program.suspects(None, self._keywords.present).tolist())
        return sorted(rules)

    @cached_property
    def _possible(self) -> bytes:
        """Per node 0 if it is a test that holds for no row: most tests of a rule are, and need no look of their own."""
        scans = [*self._scans.items(), *([(None, self._keywords)] if self._keywords else [])]
        return self._program.pruner.find_possible((name, self._program.scanners[name], s.present) for name, s in scans)

    def mask(self, number: int) -> Mask:
        """The rows for which node ``number`` is true."""
        if not self._possible[number]:
            return False
        node = self._graph.nodes[number]
        if node.field is not None:
            return self._spread(number, self._lut(number))
        known = self._masks.get(number)
        if known is None:
            known = self._join(node)
            self._share(self._masks, number, known)
        return known

    def _share(self, cache: _Cache, number: int, mask: Mask) -> None:
        if self._graph.uses[number] > 1:
            cache.keep(number, mask)

    def _join(self, node: Node) -> Mask:
        """The truth of a node that looks at several fields."""
        if node.test:
            return self._compare_rows(node.test)
        if node.kind is Kind.NOT:
            return negate(self.mask(node.terms[0]))
        possible = [term for term in node.terms if self._possible[term]]
        if node.kind is Kind.OR:
            return any_of(map(self.mask, possible))
        return self._join_all(node.terms) if len(possible) == len(node.terms) else False

    def _join_all(self, terms: tuple[int, ...]) -> Mask:
        """A conjunction: most are decided by the distinct values of one field, before any row is touched."""
        luts = {}
        for term in terms:
            if self._graph.nodes[term].field is not None:
                luts[term] = self._lut(term)
                if luts[term] is False:
                    return False
        spread = (self._spread(term, lut) for term, lut in luts.items())
        return all_of(chain(spread, (self.mask(term) for term in terms if term not in luts)))

    def _spread(self, number: int, lut: Lut) -> Mask:
        """Bring a truth per distinct value to the rows."""
        if isinstance(lut, bool):
            return lut
        known = self._masks.get(number)
        if known is None:
            known = lut.take(self._values[self._graph.nodes[number].field].codes)
            self._share(self._masks, number, known)
        return known

    def _lut(self, number: int) -> Lut:
        """The truth of a node that looks at one field, per distinct value of it."""
        known = self._luts.get(number)
        if known is None:
            known = self._compute_lut(self._graph.nodes[number])
            self._share(self._luts, number, known)
        return known

    def _compute_lut(self, node: Node) -> Lut:
        if node.test:
            return self._test_lut(node.test)
        if node.kind is Kind.NOT:
            return negate(self._lut(node.terms[0]) if self._possible[node.terms[0]] else False)
        possible = [term for term in node.terms if self._possible[term]]
        if node.kind is Kind.OR:
            return any_of(map(self._lut, possible))
        return all_of(map(self._lut, possible)) if len(possible) == len(node.terms) else False

    def _test_lut(self, test: Test) -> Lut:
        values = self._values.get(test.field)
        if values is None:
            return test.operator is Operator.IS_NULL
        if test.operator not in PRESENCE:
            return self._scans[test.field].lut(test)
        is_null = np.zeros(values.size + 1, np.bool_)
        is_null[-1] = True
        return is_null if test.operator is Operator.IS_NULL else ~is_null

    def _compare_rows(self, test: Test) -> Mask:
        """A test that looks at more than one field: a keyword or a reference."""
        if test.operator not in REFERENCES:
            return self._keywords.mask(test) if self._keywords else False
        left, right = self._values.get(test.field), self._values.get(test.value)
        return find_referring_rows(test, left, right) if left and right else False


def negate(mask: Mask) -> Mask:
    """Not."""
    return not mask if isinstance(mask, bool) else ~mask


def all_of(masks: Iterable[Mask]) -> Mask:
    """And; stops at the first moment at which nothing can be true any more."""
    result: Mask = True
    for mask in masks:
        if isinstance(mask, bool):
            if not mask:
                return False
            continue
        result = mask if isinstance(result, bool) else result & mask
        if not result.any():
            return False
    return result


def any_of(masks: Iterable[Mask]) -> Mask:
    """Or; stops at the first moment at which all is true already."""
    result: Mask = False
    for mask in masks:
        if isinstance(mask, bool):
            if mask:
                return True
            continue
        result = mask if isinstance(result, bool) else result | mask
    return result
