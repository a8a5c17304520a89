from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signin", "0002_row_security")]
    operations = [
        # Whoever was found before the question was asked is found still.
        migrations.AddField(
            model_name="connection",
            name="vouched",
            field=models.BooleanField(
                default=True, editable=False, verbose_name="vouched for by the operator"
            ),
        ),
        migrations.AlterField(
            model_name="connection",
            name="vouched",
            field=models.BooleanField(
                default=False, editable=False, verbose_name="vouched for by the operator"
            ),
        ),
    ]
