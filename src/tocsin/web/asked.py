"""What an address asks for, made fit for a database."""


def storable(text: str) -> str:
    """``text`` without NUL characters: PostgreSQL refuses them, and nothing that it holds has one."""
    return text.replace("\x00", "")
