from __future__ import annotations

from django.contrib.auth.forms import SetPasswordForm


class FirstRunForm(SetPasswordForm):  # type: ignore[type-arg]
    """Two equal passwords that the validators accept. Saving is the service's."""
