from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _


class NewPersonForm(SetPasswordForm):  # type: ignore[type-arg]
    """A name and a password for somebody who accepts an invitation. What is wrong is said by the service."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        help_text=_("Letters, digits and @ . + - _; you sign in with it."),
    )
    field_order = ("username", "new_password1", "new_password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_the_rules(self)

    def validate_password_for_user(self, user: Any, password_field_name: str = "") -> None:
        """The service looks at it together with the name."""


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """Two equal passwords that the validators accept. Saving is the service's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_the_rules(self)

    def validate_password_for_user(self, user: Any, password_field_name: str = "") -> None:
        """What is wrong with a password is said where it was chosen, not where it was repeated."""
        super().validate_password_for_user(user, "new_password1")


def _say_the_rules(form: forms.BaseForm) -> None:
    form.fields["new_password1"].help_text = _(
        "At least 10 characters; not your name, not a common password, not digits alone."
    )
    form.fields["new_password2"].help_text = ""
