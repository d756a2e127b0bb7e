"""What people do in Tocsin, as events of its own store: `events` names them, `record` writes, `drain` carries."""
