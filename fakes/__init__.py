"""Stand-ins for the providers: servers on this machine that check what they are asked and can misbehave.

For tests, and for `convoca demo --providers`. They import nothing of the bot: they know what the provider knows.
"""
