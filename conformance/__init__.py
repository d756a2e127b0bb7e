"""What a Sigma correlation must ring at, event by event: cases for any engine, and ours run over them."""
