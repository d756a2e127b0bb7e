"""Alerts: episodes of a rule and a group, what people did with them."""
