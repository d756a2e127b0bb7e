"""The outbox: channels, deliveries, and the loop that sends them."""
