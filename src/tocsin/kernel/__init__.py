"""What every room shares: errors, clock, ids, locations and issues, logsources, limits. Standard library only."""
