from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signin", "0003_operators_vouch_for_providers")]
    operations = [
        migrations.AddField(
            model_name="connection",
            name="reach",
            field=models.JSONField(default=None, editable=False, null=True),
        )
    ]
