from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0004_synonyms_row_security")]
    operations = [
        migrations.AddField(
            model_name="confirmedquestion",
            name="person_key",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="ranking",
            name="retrain_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="to be trained again"),
        ),
    ]
