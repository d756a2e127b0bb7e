"""Sigma logsources: which kind of log a rule is about, and which kind a source carries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogSource:
    """Product, category and service by Sigma's taxonomy; None where a rule or source does not say."""

    product: str | None = None
    category: str | None = None
    service: str | None = None

    def __str__(self) -> str:
        named = (("product", self.product), ("category", self.category), ("service", self.service))
        return " ".join(f"{key}={value}" for key, value in named if value) or "any"
