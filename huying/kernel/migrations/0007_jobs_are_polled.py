"""No NOTIFY for each job put in the queue: it would make every commit that enqueues one wait for all others.

The worker asks twice a second instead; see docs/adr/0007-no-notify-by-writers.md.
"""

from django.db import migrations

TRIGGER = "TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0006_seals"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE procrastinate_jobs DISABLE {TRIGGER}", f"ALTER TABLE procrastinate_jobs ENABLE {TRIGGER}"
        )
    ]
