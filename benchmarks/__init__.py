"""What the README claims about speed, as commands that anyone can run: `make bench`."""
