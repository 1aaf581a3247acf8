"""What the bot can talk about: one ability, one file, found by its presence."""
