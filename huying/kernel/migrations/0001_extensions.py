"""The PostgreSQL extensions that every table may rely on; all three are trusted, so no superuser is needed."""

from django.contrib.postgres.operations import BtreeGistExtension, CreateExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = [CreateExtension("ltree"), TrigramExtension(), BtreeGistExtension()]
