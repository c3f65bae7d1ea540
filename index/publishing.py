"""Bring the derived indexes in step with the database, and finish what a removal promised.

A removal says on the disk, in its own transaction, that there is something to erase. Whoever
publishes next does it: no segment stays that holds passages which are gone, and the write-ahead log
is emptied. Only then is the note taken away; so a removal that is cut short, by a kill or a full
disk, is finished by the next change.
"""

from __future__ import annotations

from pathlib import Path

from index import derived, schema
from index.snapshot import Snapshot
from index.writer import Writer


def publish_if_behind(folder: Path, writer: Writer) -> bool:
    """Publish when the database has moved on, indexes are missing, or something is to be erased.

    Returns False while a reader still needs old pages of the log that are to be erased.

    Raises:
        LibraryMoved: the folder is no longer the one whose lock is held.
        LibraryError: the folder cannot be written; what was published before stays in force.
    """
    writer.check_place()
    connection = writer.connection
    settings, erasing = schema.settings_of(connection), bool(writer.erasing())
    connection.execute("BEGIN")
    try:
        snapshot = Snapshot(connection)
        if not erasing and derived.is_current(folder, snapshot, settings.to_json()):
            # What a stopped writer left may still lie about.
            derived.sweep(folder, keep=derived.read_chain(folder))
        else:
            shape = (settings.to_json(), settings.dimension)
            derived.publish(folder, snapshot, *shape, writer.check_place, erasing=erasing)
    finally:
        connection.execute("ROLLBACK")
    if not erasing:
        return True
    emptied = writer.empty_log()
    if emptied:
        writer.erased()
    return emptied
