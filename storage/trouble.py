"""The database's own trouble: nothing was stored, so the work is done again. Anything else is a bug."""

import sqlite3

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError

from storage.sealed import MissingKey
from storage.sqlite import TransactionLost

TROUBLE: tuple[type[Exception], ...] = (
    OperationalError,
    InterfaceError,
    sqlite3.OperationalError,
    psycopg.OperationalError,
    TransactionLost,
    MissingKey,  # a newer key was put in use while this process ran: nobody may pass for a stranger because of it
)
