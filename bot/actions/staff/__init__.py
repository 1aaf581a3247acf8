"""Acts of the team by chat and by command line: the same functions, the same permissions."""
