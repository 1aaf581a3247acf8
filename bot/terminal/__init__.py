"""The command line's hands: opening what a command works on, showing it, asking. `bot/cli.py` has the commands."""
