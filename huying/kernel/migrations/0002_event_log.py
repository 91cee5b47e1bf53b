"""The event log, and the triggers by which it can only grow."""

from django.db import migrations, models
from django.db.models import F, Func, Value

import huying.kernel.models

REFUSE = """
CREATE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER kernel_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
"""
ALLOW = """
DROP TRIGGER kernel_event_append_only ON kernel_event;
DROP FUNCTION kernel_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_extensions")]
    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=Func(function="clock_timestamp"))),
                ("txid", huying.kernel.models.Xid8Field(db_default=Func(function="pg_current_xact_id"))),
                ("kind", models.TextField()),
                ("subject_type", models.TextField()),
                ("subject_id", models.BigIntegerField()),
                ("actor_kind", models.TextField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("place_id", models.BigIntegerField(null=True)),
                ("facts", models.JSONField(db_default=Value({}, output_field=models.JSONField()))),
            ],
            options={"verbose_name": "事件", "ordering": ["id"]},
        ),
        migrations.AddIndex("event", models.Index(F("txid"), F("id"), name="event_in_commit_order")),
        migrations.AddIndex(
            "event", models.Index(F("subject_type"), F("subject_id"), F("id"), name="event_by_subject")
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
