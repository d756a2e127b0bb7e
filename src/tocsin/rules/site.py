"""What a site adds to rules that it did not write: values for placeholders, and processing pipelines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.documents import Document, read_documents
from tocsin.rules.files import find_files, read_content
from tocsin.rules.placeholders import Placeholders, Scalar

if TYPE_CHECKING:
    from tocsin.rules.pipelines import Pipeline


@dataclass(frozen=True, slots=True)
class Site:
    """Applied to every rule that is loaded.

    Attributes:
        pipelines: in the order in which they are applied: by their priority, then as given.
        digest: changes with anything that could change what a rule becomes.
    """

    placeholders: Placeholders = field(default_factory=Placeholders)
    pipelines: "tuple[Pipeline, ...]" = ()
    digest: str = ""


NO_SITE: Final = Site()


def read_site(placeholders: Sequence[Path], pipelines: Sequence[Path]) -> tuple[Site, list[Issue]]:
    """Read the files, or folders of files, of placeholders and of pipelines.

    Raises: ConfigError if a path does not exist.
    """
    values: dict[str, tuple[Scalar, ...]] = {}
    digest = blake2b(digest_size=16)
    (of_values, value_issues), (of_pipelines, pipeline_issues) = _documents(placeholders), _documents(pipelines)
    found = value_issues + pipeline_issues
    for document in of_values:
        given, more = _read_values(document)
        for name, several in given.items():
            values[name] = tuple(dict.fromkeys((*values.get(name, ()), *several)))
        found += more
    read, more = _read_pipelines(of_pipelines)
    found += more
    for document in (*of_values, *of_pipelines):
        digest.update(document.digest.encode())
    ordered = tuple(sorted(read, key=lambda pipeline: pipeline.priority))
    has_any = bool(of_values or of_pipelines)
    return Site(Placeholders(values), ordered, digest.hexdigest() if has_any else ""), found


def _read_pipelines(documents: Sequence[Document]) -> "tuple[list[Pipeline], list[Issue]]":
    if not documents:
        return [], []
    from tocsin.rules.pipelines import read_pipeline  # with pySigma, which a start from the cache does without

    pipelines: list[Pipeline] = []
    found: list[Issue] = []
    for document in documents:
        pipeline, more = read_pipeline(document)
        pipelines += [pipeline] if pipeline else []
        found += more
    return pipelines, found


def _documents(paths: Sequence[Path]) -> tuple[list[Document], list[Issue]]:
    files, found = find_files(paths)
    documents: list[Document] = []
    for file in files:
        content = read_content(file.path)
        if isinstance(content, Issue):
            found.append(content)
            continue
        inside, more = read_documents(content, file.path, file.made_id)
        documents += inside
        found += more
    return documents, found


def _read_values(document: Document) -> tuple[dict[str, tuple[Scalar, ...]], list[Issue]]:
    """The `placeholders` of one document: each a value or a list of values."""
    found = [
        issues.unknown_key(document.at_key(str(key)), str(key), "a file of placeholders", ("placeholders",))
        for key in document.data
        if key != "placeholders"
    ]
    section = document.data.get("placeholders")
    if not isinstance(section, dict):
        wanted = "a mapping of names to values"
        wrong = issues.wrong_type(document.at("placeholders"), "placeholders", section, wanted)
        return {}, found or [wrong]
    values: dict[str, tuple[Scalar, ...]] = {}
    for name, written in section.items():
        several = written if isinstance(written, list) else [written]
        if several and all(isinstance(each, Scalar) for each in several):
            values[str(name)] = tuple(several)
        else:
            wanted = "a text or number, or a list of them"
            found.append(issues.wrong_type(document.at("placeholders", str(name)), str(name), written, wanted))
    return values, found
