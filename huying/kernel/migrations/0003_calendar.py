"""The operator's own calendar days."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_event_log")]
    operations = [
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="日期")),
                ("working", models.BooleanField(verbose_name="上班")),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="名称")),
            ],
            options={"verbose_name": "日历上的一天", "ordering": ["day"]},
        ),
    ]
