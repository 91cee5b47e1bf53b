"""Cursors of the log's readers, and the events that one of them could not digest."""

import django.db.models.deletion
from django.db import migrations, models

import huying.kernel.models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_worker")]
    operations = [
        migrations.CreateModel(
            name="Reader",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("txid", huying.kernel.models.Xid8Field(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
            ],
            options={"verbose_name": "日志读者"},
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reader", models.TextField()),
                ("attempts", models.PositiveIntegerField(default=1)),
                ("since", models.DateTimeField(db_default=models.Func(function="clock_timestamp"))),
                ("next_try_at", models.DateTimeField(null=True)),
                ("error", models.TextField()),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.event",
                    ),
                ),
            ],
            options={
                "verbose_name": "搁置的事件",
                "indexes": [
                    models.Index(
                        condition=models.Q(next_try_at__isnull=False), fields=["next_try_at"], name="set_aside_due"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("reader", "event"), name="set_aside_once")],
            },
        ),
    ]
