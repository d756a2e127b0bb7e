"""The console: pages, templates and static files."""
