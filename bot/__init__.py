"""Convoca: a chat bot for citizen convocation and feedback."""
