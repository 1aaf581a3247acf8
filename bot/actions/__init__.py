"""One act, one file; called alike by command line, chat, console and clock."""
