"""One whole index in place of two partial ones, which SQLite did not use: what waits to be sent is asked on every page.

A message is written to one index less. Its status was part of the others' conditions already, so that PostgreSQL
wrote to all of them on every change of it as well.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0004_served'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['status', 'due_at'], name='delivery_by_status'),
        ),
        migrations.RemoveIndex(
            model_name='delivery',
            name='delivery_waiting',
        ),
        migrations.RemoveIndex(
            model_name='delivery',
            name='delivery_held',
        ),
    ]
