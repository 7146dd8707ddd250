"""The same data in an embedded database: a copy of what is in PostgreSQL."""

import contextlib
import csv
import os
import shutil
import sqlite3
import subprocess
import uuid

NULL = "<null>"

# In an order in which every row finds what it refers to.
TABLES = ["tenants", "seats", "role_templates", "person_labels", "users", "credentials", "invitations", "sessions"]

# How each type is stored, from how PostgreSQL writes it.
STORED = {
    "uuid": lambda text: uuid.UUID(text).bytes,
    "bytea": lambda text: bytes.fromhex(text.removeprefix("\\x")),
    "boolean": lambda text: int(text == "t"),
    "timestamp with time zone": lambda text: text.replace(" ", "T") + ":00",
    "smallint": int,
    "integer": int,
    "bigint": int,
}


def filled(postgres, name, rolecall, path):
    """The file with the rows of the database `name`, made where it is missing. Rolecall makes the tables."""
    if not os.path.exists(path):
        filling = f"{path}.filling"
        _remove(filling)
        rolecall("migrate", f"sqlite://{filling}?mode=rwc")
        with contextlib.closing(sqlite3.connect(filling)) as database:
            for table in TABLES:
                _copy_table(postgres, name, database, table)
            database.execute("ANALYZE")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.rename(filling, path)
    rolecall("doctor", f"sqlite://{path}")
    return path


def copied(kept, path):
    """A copy of the file, whose sessions are in use."""
    _remove(path)
    shutil.copyfile(kept, path)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        now = "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now'"
        database.execute(f"UPDATE sessions SET created_at = {now}), last_seen_at = {now}), expires_at = {now}, '12 hours')"
                         " FROM users u WHERE u.tenant_id = sessions.tenant_id AND u.id = user_id AND u.role = 0")
    return path


def row(path, sql):
    """The only row of a query."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return list(database.execute(sql).fetchone())


def _remove(path):
    for left in (path, f"{path}-wal", f"{path}-shm"):
        if os.path.exists(left):
            os.remove(left)


def _copy_table(postgres, name, database, table):
    listed = postgres.psql(name, "-F", "|", "-c", "SELECT column_name, data_type FROM information_schema.columns"
                           f" WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position")
    columns, types = zip(*(line.split("|") for line in listed.splitlines()))
    stored = [STORED.get(kind, str) for kind in types]
    # NULL as a text that nothing else is, because the reader does not tell an empty field from an empty text.
    statement = f"COPY {table} TO STDOUT (FORMAT csv, NULL '{NULL}')"
    command = ["psql", "-Xq", "-c", "SET timezone = 'UTC'", "-c", statement, postgres.url(name)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as copying:
        rows = csv.reader(copying.stdout)
        values = ([None if text == NULL else into(text) for into, text in zip(stored, row)] for row in rows)
        marks = ", ".join("?" * len(columns))
        with database:
            database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
