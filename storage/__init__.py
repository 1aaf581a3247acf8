"""The shared database: tables and the rules that keep them true. Imports nobody of ours."""
