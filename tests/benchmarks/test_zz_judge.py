import os

from sunmao.accounts.services import system_actor
from sunmao.core.vertical import configs
from sunmao.knowledge import encoders, judging
from sunmao.knowledge.text import refusal
from sunmao.knowledge.text.refusal_features import NAMES
from sunmao.releases.sample import seed_vertical


def test_it(cast, ask, work_off, settings, monkeypatch):
    if os.environ.get("DENSE"):
        settings.SUNMAO_ENGLISH_ENCODER = "minilm"
        encoders.encoder_for("en")
    config = next(c for c in configs() if c.vertical.slug == "investment_advisory")
    seed_vertical(actor=system_actor(cast.hemu), config=config)
    work_off(cast.lin.actor)
    real = refusal.trustworthy

    def spy(ev):
        v = real(ev)
        print("\nQ", ev.question, "cos", ev.cosine, "mass", round(ev.mass, 2), "->", v)
        f = refusal.features_of(ev)
        print({n: round(x, 3) for n, x in zip(NAMES, f)})
        print(
            "asked", {k: round(x, 2) for k, x in ev.asked.items()}, "unknown", set(ev.asked) - set(ev.known)
        )
        m = refusal._model(ev.language)
        print("score-even", refusal.score_of(ev, m.forest) - m.even, m.encoders)
        for p in ev.passages[:3]:
            print("   P", round(p.score, 2), p.heading, "|", p.text[:150])
        return v

    monkeypatch.setattr(judging, "trustworthy", spy)
    for q in [
        "If I order at 4 p.m., which net value applies?",
        "If I order at 16:00, which net value applies?",
        "If I order after 3 p.m., which net value applies?",
        "Which net value applies to an order after 15:00?",
        "If I order in the afternoon after closing, which net value is used?",
    ]:
        r = ask(cast.mei.actor, q, task="investment_advisory.ask")
        print("==>", r.outcome, r.text[:150])
