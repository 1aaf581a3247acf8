"""Alembic's folder: `versions/` holds every change of the schema. A new one: `python -m storage.migrations "words"`."""
