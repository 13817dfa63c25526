import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('rules', '0007_sharing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('began_at', models.DateTimeField(help_text='When the present visit began.')),
                ('seen_at', models.DateTimeField(help_text='When the person was last noticed in it.')),
                ('before_at', models.DateTimeField(blank=True, help_text='When the visit before it ended.', null=True)),
                ('steps_away', models.BooleanField(default=False, help_text='The first steps are no longer shown on the overview.')),
            ],
        ),
    ]
