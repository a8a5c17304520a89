from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _


class FirstRunForm(SetPasswordForm):  # type: ignore[type-arg]
    """Two equal passwords that the validators accept. Saving is the service's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = _(
            "At least 10 characters; not your name, not a common password, not digits alone."
        )
        self.fields["new_password2"].help_text = ""

    def validate_password_for_user(self, user: Any, password_field_name: str = "") -> None:
        """What is wrong with a password is said where it was chosen, not where it was repeated."""
        super().validate_password_for_user(user, "new_password1")
