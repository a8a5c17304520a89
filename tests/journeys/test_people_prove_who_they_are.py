"""An invitation, an authenticator app, a passkey: in a real browser, under the real content policy."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from sunmao.core.clock import now
from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import PASSWORD, Member, Stack
from tests.journeys.desk import said, sign_in

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def invited(stack: Stack) -> str:
    """The address of a fresh invitation, as the command prints it."""
    made = stack.manage("member", "invite", "--role", "end_user", "--url", stack.address, "--json")
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["link"])


def accept(page: Page, link: str, name: str, language: Language) -> None:
    page.goto(link)
    page.get_by_label(said("Username", language)).fill(name)
    page.get_by_label(said("New password", language), exact=True).fill(PASSWORD)
    page.get_by_label(said("New password confirmation", language)).fill(PASSWORD)
    page.get_by_role("button", name=said("Accept and sign in", language)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said("What are you working on?", language))


def sign_out(page: Page, name: str, language: Language, home: str = "/") -> None:
    page.goto(home)
    page.locator("summary").filter(has_text=name).click()
    page.get_by_role("button", name=said("Sign out", language)).click()
    page.wait_for_url("**/sign-in/**")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_app_is_set_up_and_asked_for(
    language: Language, visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    name = f"app-{language}"
    page = visitor.page(language=language)
    accept(page, invited(stack), name, language)

    page.locator("summary").filter(has_text=name).click()
    page.get_by_role("link", name=said("Your sign-in", language)).click()
    page.get_by_role("link", name=said("Set up an authenticator app", language)).click()
    expect(page.get_by_alt_text(said("The key as a QR code", language))).to_be_visible()
    page.get_by_text(said("Cannot scan? Type the key", language)).click()
    secret = page.locator(".qr__key code").inner_text()
    page.get_by_label(said("Code", language), exact=False).fill(_code(secret))
    page.get_by_role("button", name=said("Set up", language), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said("Recovery codes", language))
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10

    sign_out(page, name, language)
    sign_in(page, name, PASSWORD, language)
    expect(page.get_by_role("heading", level=1)).to_have_text(said("Second step", language))
    page.get_by_role("textbox").fill("000000")
    page.get_by_role("button", name=said("Continue", language), exact=True).click()
    expect(page.get_by_text(said("This code is not right, or was used already.", language))).to_be_visible()
    page.get_by_role("textbox").fill(codes[0])
    page.get_by_role("button", name=said("Continue", language), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said("What are you working on?", language))


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(now().timestamp()) // 30))


def _with_a_passkey_device(page: Page) -> None:
    """A device of the browser's own that always says yes, with a finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_opens_the_door_without_a_password(
    visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    home = stack.address.replace("127.0.0.1", "localhost")  # browsers know passkeys under names only
    page = visitor.page(language="en")
    _with_a_passkey_device(page)
    accept(page, invited(stack).replace(stack.address, home), "passkey-person", "en")
    page.goto(f"{home}/account/passkey/")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")

    sign_out(page, "passkey-person", "en", home)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What are you working on?")

    sign_out(page, "passkey-person", "en", home)
    sign_in(page, "passkey-person", PASSWORD, "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What are you working on?")


def test_too_many_attempts_are_told_with_the_time_to_wait(
    visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    visitor.expect("status of 429")
    page = visitor.page(language="en", path="/sign-in/")
    for _ in range(6):
        sign_in(page, "somebody-unknown", "not the password", "en")
    expect(page.get_by_role("alert").first).to_contain_text("Too many attempts.")
    expect(page.get_by_role("alert").first).to_contain_text("seconds before the next one")
