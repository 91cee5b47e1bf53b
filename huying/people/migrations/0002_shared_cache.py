"""The table in which failed log-ins are counted for all processes together (Django's database cache)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_persons_and_posts")]
    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE people_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX people_cache_expires ON people_cache (expires);
            """,
            "DROP TABLE people_cache",
        )
    ]
