"""What keeps the numbers true."""
