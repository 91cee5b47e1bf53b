"""The words of calls, apart from them: written by a reader of the log, so that the index costs the caller nothing."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# More words than usual are counted, so that the planner knows the common ones from the rare.
COUNT_WORDS = "ALTER TABLE calls_search ALTER COLUMN words SET STATISTICS 300"


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_calls")]
    operations = [
        migrations.CreateModel(
            name="CallSearch",
            fields=[
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="calls.call",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "verbose_name": "诉求检索",
                "db_table": "calls_search",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="call_search_words"),
                ],
            },
        ),
        migrations.RunSQL(COUNT_WORDS, migrations.RunSQL.noop),
    ]
