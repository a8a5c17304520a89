"""A trial may ask with a picture, kept until it was tried."""

from __future__ import annotations

from django.db import migrations

import sunmao.core.crypto.fields


class Migration(migrations.Migration):
    dependencies = [("trials", "0002_row_security")]
    operations = [
        migrations.AlterField(
            model_name="trial",
            name="question",
            field=sunmao.core.crypto.fields.PersonTextField(
                blank=True, key="person_key", verbose_name="question"
            ),
        ),
        migrations.AddField(
            model_name="trial",
            name="picture",
            field=sunmao.core.crypto.fields.PersonTextField(key="person_key", null=True),
        ),
    ]
