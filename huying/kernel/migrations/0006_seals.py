"""Seals of the log; like the log they can only grow."""

from django.db import migrations, models

import huying.kernel.models

REFUSE = """
CREATE TRIGGER kernel_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_seal
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_readers")]
    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("last_txid", huying.kernel.models.Xid8Field()),
                ("last_id", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("root", models.BinaryField()),
                ("chain", models.BinaryField()),
                ("leaves", models.BinaryField()),
            ],
            options={
                "verbose_name": "封签",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(count__gte=1, number__gte=1), name="seal_is_whole")
                ],
            },
        ),
        migrations.RunSQL(REFUSE, "DROP TRIGGER kernel_seal_append_only ON kernel_seal"),
    ]
