"""What only the team can talk about: one file each, reached by who has the role (bot/roles.py)."""
