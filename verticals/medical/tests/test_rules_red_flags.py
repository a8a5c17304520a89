"""Messages that must raise an alarm, and those that only sound alike."""

from __future__ import annotations

import pytest

from verticals.medical.domain import Rule, mentions, read_facts, rules, screen

ALARMS = [
    ("RF-01", "我爸突然叫不醒了，没有呼吸"),
    ("RF-01", "外公怎么喊都喊不醒"),
    ("RF-01", "My husband collapsed and isn't breathing"),
    ("RF-01", "She is unresponsive and has no pulse"),
    ("RF-02", "孩子正在抽搐"),
    ("RF-02", "小孩翻白眼口吐白沫"),
    ("RF-02", "She is having a seizure"),
    ("RF-02", "My son is convulsing"),
    ("RF-03", "嘴唇发紫喘不上气"),
    ("RF-03", "宝宝被果冻噎住了"),
    ("RF-03", "血氧只有88"),
    ("RF-03", "I can't breathe"),
    ("RF-03", "He is choking on a piece of meat"),
    ("RF-04", "吃了海鲜后全身风团，喉咙发紧"),
    ("RF-04", "被马蜂蜇了以后浑身起疹子，头晕眼前发黑"),
    ("RF-04", "打了青霉素之后呼吸困难"),
    ("RF-04", "After eating shrimp my throat is closing"),
    ("RF-04", "My lips are swollen and it's hard to breathe after a bee sting"),
    ("RF-05", "胸口疼半小时，压榨样，出冷汗"),
    ("RF-05", "老公胸口闷得慌，一身冷汗，左胳膊发麻"),
    ("RF-05", "不知道为什么胸口疼，还出汗"),
    ("RF-05", "以前没有过的剧烈胸痛，出汗"),
    ("RF-05", "胸痛不缓解，大汗"),
    ("RF-05", "I have chest pain and I'm sweating"),
    ("RF-05", "crushing pressure in my chest and nausea"),
    ("RF-05", "Not sure why my chest hurts, and I'm sweating a lot"),
    ("RF-07", "背痛撕裂样，突然发作"),
    ("RF-07", "肚子像刀割一样疼，还牵扯到后背"),
    ("RF-07", "A sudden tearing back pain"),
    ("RF-07", "ripping chest pain since ten minutes"),
    ("RF-09", "今早起来嘴歪，说话不清"),
    ("RF-09", "奶奶早上起来右手拿不住筷子，讲话不清楚"),
    ("RF-09", "她口角歪斜好了，还要去医院吗"),
    ("RF-09", "My father has slurred speech and his right arm is weak"),
    ("RF-09", "Grandma suddenly can't lift her left arm"),
    ("RF-10", "突发剧烈头痛，从没这么痛过"),
    ("RF-10", "发烧头痛，脖子发硬"),
    ("RF-10", "worst headache of my life"),
    ("RF-10", "He has a fever and a stiff neck"),
    ("RF-12", "孩子发烧，身上有压不褪色的皮疹"),
    ("RF-12", "发热，腿上有紫癜"),
    ("RF-12", "Fever with a non-blanching rash"),
    ("RF-12", "She is feverish and has petechiae"),
    ("RF-13", "老人摔到头，一直吐"),
    ("RF-13", "摔了一跤磕到后脑勺，现在一直想睡觉"),
    ("RF-13", "He hit his head and keeps vomiting"),
    ("RF-13", "I take warfarin and had a blow to the head"),
    ("RF-16", "宝宝60天大，体温38.3℃"),
    ("RF-16", "出生20天的宝宝发烧"),
    ("RF-16", "满月不久的婴儿体温38.5"),
    ("RF-16", "My 2-month-old baby has a fever of 38.4"),
    ("RF-16", "My newborn has a temperature of 100.6 F"),
    ("RF-21", "伤口一直流血止不住"),
    ("RF-21", "吐了好几口血"),
    ("RF-21", "拉黑色大便像柏油"),
    ("RF-21", "I'm coughing up blood"),
    ("RF-21", "the bleeding won't stop"),
    ("RF-26", "停经45天，小腹痛"),
    ("RF-26", "怀孕8周，下面流血了"),
    ("RF-26", "孕30周，胎动减少"),
    ("RF-26", "I'm 12 weeks pregnant and bleeding"),
    ("RF-26", "Pregnant, and my waters broke"),
    ("RF-33", "血糖2.8，意识模糊"),
    ("RF-33", "低血糖晕倒了"),
    ("RF-33", "Blood sugar 2.5 and he is confused"),
    ("RF-33", "low blood sugar and drowsy"),
    ("RF-36", "误服敌敌畏"),
    ("RF-36", "孩子误吞了纽扣电池"),
    ("RF-36", "家里煤气中毒了"),
    ("RF-36", "he swallowed a button battery"),
    ("RF-36", "My daughter drank bleach"),
    ("RF-37", "不想活了，已经写了遗书"),
    ("RF-37", "她割腕了"),
    ("RF-37", "I cut my wrists"),
    ("RF-37", "I am about to jump"),
    ("RF-38", "活着没意思，想死"),
    ("RF-38", "我真的不想活了"),
    ("RF-38", "I feel suicidal"),
    ("RF-38", "I want to end my life"),
    ("RF-51", "血压190/110，头痛"),
    ("RF-51", "高压200，胸闷气短"),
    ("RF-51", "My blood pressure is 200/125 and I have a headache"),
    ("RF-51", "BP 185/100 with blurred vision"),
    ("RF-56", "中暑后意识模糊"),
    ("RF-56", "在高温下工作后晕倒"),
    ("RF-56", "体温41，说胡话"),
    ("RF-56", "Collapsed in the hot sun and is confused"),
]

QUIET = [
    ("denied", "没有胸痛"),
    ("several denied", "没有胸痛、大汗、呼吸困难"),
    ("denied with no", "不喘，也不胸痛"),
    ("denied after", "胸痛：无"),
    ("not found", "没发现抽搐"),
    ("clinic language", "否认晕厥及抽搐"),
    ("English denied", "no chest pain"),
    ("English list", "No chest pain, shortness of breath, or sweating"),
    ("English denies", "Patient denies chest pain or shortness of breath"),
    ("infection is not apnoea", "没有呼吸道感染"),
    ("busy at work", "工作忙得喘不过气"),
    ("missing you", "想死你了"),
    ("a plain cold", "发烧两天，咳嗽流鼻涕"),
    ("raised pressure", "血压150/95要紧吗"),
    ("normal glucose", "血糖7.8正常吗"),
    ("diet", "高血压饮食要注意什么"),
    ("opening hours", "Is the clinic open on Sunday?"),
    ("fasting", "Do I need to fast before a blood test?"),
    ("breast stroke", "Is breast stroke good for my back?"),
    ("tired of debts", "房贷压得我喘不过气"),
    ("angry", "气得我想吐血"),
]

MILD = [
    ("which department", "胸痛挂什么科", "RF-65", "medium"),
    ("knowledge", "脑卒中的症状有哪些", "RF-09", "info"),
    ("family history", "父亲有胸痛病史", "RF-65", "info"),
    ("old illness", "去年得过心梗", "RF-65", "info"),
    ("hypothetical", "如果孩子抽搐怎么办", "RF-02", "info"),
    ("side effect", "高血压会不会引起脑梗", "RF-09", "info"),
    ("English knowledge", "What are the signs of a stroke?", "RF-09", "info"),
    ("English prevention", "How can I prevent a heart attack?", "RF-65", "info"),
    ("English history", "My grandmother had a stroke five years ago", "RF-09", "info"),
    ("no symptoms", "血压185/100，没有不舒服", "RF-52", "medium"),
    ("English pressure", "My blood pressure is 190/100, otherwise I am fine", "RF-52", "medium"),
    ("low sugar", "血糖3.2", "RF-34", "high"),
    ("low sugar in words", "有点低血糖", "RF-34", "high"),
    ("English low sugar", "My blood sugar is 3.5", "RF-34", "high"),
    ("English hypo", "I think it is hypoglycemia", "RF-34", "high"),
    ("breathless for a week", "气短一周", "RF-66", "high"),
    ("panting", "晚上气喘", "RF-66", "high"),
    ("English breathless", "I am short of breath on the stairs", "RF-66", "high"),
    ("English wheeze", "wheezing at night", "RF-66", "high"),
    ("adult high fever", "体温39.8度", "RF-71", "high"),
    ("toddler high fever", "孩子2岁，发烧39.2", "RF-71", "high"),
    ("infant of eight months", "我8个月大的女儿发烧39.5度", "RF-71", "high"),
    ("English high fever", "My fever is 39.9", "RF-71", "high"),
    ("prescription", "帮我开点抗生素", "RX-01", "low"),
    ("English dose", "What dose should I take?", "RX-01", "low"),
]


@pytest.mark.parametrize(("rule_id", "text"), ALARMS)
def test_red_flags_raise_a_critical_finding(rule_id: str, text: str) -> None:
    found = {one["rule_id"]: one for one in screen(text=text, language="zh")}
    assert rule_id in found, list(found)
    assert found[rule_id]["severity"] == "critical"
    assert "120" in found[rule_id]["advice"]


@pytest.mark.parametrize(("case", "text"), QUIET)
def test_other_messages_stay_quiet(case: str, text: str) -> None:
    assert screen(text=text, language="zh") == []


@pytest.mark.parametrize(("case", "text", "rule_id", "severity"), MILD)
def test_lesser_matters_are_said_mildly(case: str, text: str, rule_id: str, severity: str) -> None:
    assert [(one["rule_id"], one["severity"]) for one in screen(text=text, language="en")] == [
        (rule_id, severity)
    ]


@pytest.mark.parametrize(("rule_id", "text"), ALARMS)
def test_quotes_are_exact(rule_id: str, text: str) -> None:
    for found in screen(text=text, language="en"):
        span = found["span"]
        assert text[span["start"] : span["end"]] == span["quote"] != ""


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("宝宝60天大，体温38.3℃", {"age_days": 60.0, "temp_c": 38.3}),
        ("血压190/110", {"systolic": 190.0, "diastolic": 110.0}),
        ("blood pressure 200/125", {"systolic": 200.0, "diastolic": 125.0}),
        ("体温１０１Ｆ", {"temp_c": 38.3}),
        ("血糖2.8", {"glucose": 2.8}),
        ("两个月大的宝宝", {"age_days": 60.0}),
        ("a two-month-old baby", {"age_days": 60.0}),
        ("孕30周", {"preg_weeks": 30.0}),
        ("血氧88", {"spo2": 88.0}),
        ("疼了3天", {}),
        ("每天2次，每次1片", {}),
    ],
)
def test_numbers_are_read(text: str, facts: dict[str, float]) -> None:
    half = text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    assert {name: fact.value for name, fact in read_facts(half).items()} == facts


@pytest.mark.parametrize(
    ("case", "text", "fires"),
    [
        ("at the limit", "宝宝90天大，体温38.0", True),
        ("older", "宝宝91天大，体温38.0", False),
        ("cooler", "宝宝60天大，体温37.9", False),
    ],
)
def test_infant_fever_has_exact_limits(case: str, text: str, fires: bool) -> None:
    assert ("RF-16" in {one["rule_id"] for one in screen(text=text, language="zh")}) is fires


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("胸痛", "present"),
        ("没有胸痛", "denied"),
        ("去年胸痛", "past"),
        ("什么是胸痛", "asked"),
        ("去年没胸痛，今天胸痛", "present"),
    ],
)
def test_mentions_have_a_status(text: str, status: str) -> None:
    assert [one.status for one in mentions(text) if one.concept == "chest_pain"][-1] == status


def test_an_alarm_silences_the_milder_note() -> None:
    assert [one["rule_id"] for one in screen(text="胸痛出冷汗，去年得过脑梗", language="zh")] == ["RF-05"]


def test_a_finding_has_the_agreed_shape() -> None:
    (found,) = screen(text="血压185/100，没有不舒服", language="en")
    assert found == {
        "rule_id": "RF-52",
        "source": "rule",
        "severity": "medium",
        "title": "Very high blood pressure without symptoms",
        "explanation": "180/120 mmHg or more needs assessment soon even without complaints.",
        "span": {"start": 0, "end": 5, "quote": "血压185"},
        "citations": ["Chinese guideline on hypertension"],
        "advice": "Rest 5 minutes and measure again; if still high see a doctor within 24 hours; "
        "with headache, chest pain or breathlessness call 120.",
        "effect": "see_doctor",
        "computed": {"systolic": 185.0, "diastolic": 100.0},
    }


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    assert all(
        getattr(rule, part)[language]
        for part in ("title", "explanation", "advice", "citations")
        for language in ("zh", "en")
    )


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids)) == 25


def test_empty_text_has_no_findings() -> None:
    assert screen(text="", language="zh") == screen(text=" \n", language="en") == []
