"""What each command of `samenwijzer` does; `cli.py` puts them together."""
