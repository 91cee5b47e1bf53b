"""The deadline that comes back when an emergency ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0003_wishes"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="peace_due_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
