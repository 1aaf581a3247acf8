"""python -m bot = the command `convoca`."""

from bot.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
