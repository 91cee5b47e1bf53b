"""What places publishes. Every fact is an id, a code or a number."""

IMPORTED = "places.imported"  # subject: the import; facts: added, renamed, ended
IMPORT_UNDONE = "places.import_undone"  # subject: the import; facts: removed
ENDED = "places.ended"  # subject: the place; facts: on (date), with_it (how many below it), successors (ids)
RENAMED = "places.renamed"  # subject: the place
TAGGED = "places.tagged"  # subject: the place
