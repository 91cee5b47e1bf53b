"""Signs of life of the worker, and how far its long jobs have come."""

from django.db import migrations, models

STATES = [("running", "进行中"), ("finished", "已完成"), ("stopped", "已停止"), ("failed", "出错了")]
NOW = models.Func(function="clock_timestamp")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_calendar")]
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("part", models.TextField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("host", models.TextField()),
                ("pid", models.PositiveIntegerField()),
            ],
            options={"verbose_name": "心跳"},
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.TextField()),
                ("title", models.TextField(blank=True)),
                ("by_id", models.BigIntegerField(null=True)),
                ("state", models.TextField(choices=STATES, default="running")),
                ("total", models.PositiveIntegerField(null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("stop_requested", models.BooleanField(default=False)),
                ("result", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
                ("started_at", models.DateTimeField(db_default=NOW)),
                ("moved_at", models.DateTimeField(db_default=NOW)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "进度",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(state="running", ended_at__isnull=True)
                        | (~models.Q(state="running") & models.Q(ended_at__isnull=False)),
                        name="progress_ends_once",
                    )
                ],
            },
        ),
    ]
