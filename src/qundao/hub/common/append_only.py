"""Triggers by which the database itself refuses to change or remove append-only rows.

They are made anew after every migration, because SQLite drops a table's triggers whenever
Django rebuilds the table.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from qundao.hub.common.models import AppendOnly

_FUNCTION = """
CREATE OR REPLACE FUNCTION qundao_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '23001';
END $$
"""


def append_only_tables(label: str | None = None) -> tuple[str, ...]:
    """Return the tables of the append-only models (of one app), sorted."""
    models = apps.get_models() if label is None else apps.get_app_config(label).get_models()
    return tuple(sorted(m._meta.db_table for m in models if issubclass(m, AppendOnly)))


def install_triggers(sender: AppConfig, using: str = "default", **_: Any) -> None:
    """Make the triggers of one app's append-only tables (after `migrate`, and after `flush`)."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in append_only_tables(sender.label):
            if table in present:
                for statement in (*_dropping(connection, table), *_making(connection, table)):
                    cursor.execute(statement)


def remove_triggers(using: str = "default") -> None:
    """Take the triggers away; only a test that empties its own database may do that."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in append_only_tables():
            for statement in _dropping(connection, table):
                cursor.execute(statement)


def _dropping(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "postgresql":
        kinds = ("row", "truncate")
        return [f'DROP TRIGGER IF EXISTS "{table}_no_{k}" ON "{table}"' for k in kinds]
    return [f'DROP TRIGGER IF EXISTS "{table}_no_{kind}"' for kind in ("update", "delete")]


def _making(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "postgresql":
        refuse = "EXECUTE FUNCTION qundao_append_only()"
        return [
            _FUNCTION,
            f'CREATE TRIGGER "{table}_no_row" BEFORE UPDATE OR DELETE ON "{table}" '
            f"FOR EACH ROW {refuse}",
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            f"FOR EACH STATEMENT {refuse}",
        ]
    return [
        f'CREATE TRIGGER "{table}_no_{kind}" BEFORE {kind.upper()} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {kind} of {table} refused'); END"
        for kind in ("update", "delete")
    ]
