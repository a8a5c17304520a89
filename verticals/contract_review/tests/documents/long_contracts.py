"""Contracts of many pages, made of ordinary clauses: for tests of size and speed."""

from __future__ import annotations

from io import BytesIO

import docx

_CLAUSES = (
    (
        "服务内容",
        "乙方应按照附件《技术规格书》的要求为甲方提供第{n}批次的数据采集、清洗、标注与展示服务"
        "，并保证成果符合双方书面确认的质量标准。",
    ),
    (
        "付款",
        "甲方应在收到乙方开具的增值税专用发票后10个工作日内支付第{n}期服务费用人民币{n}0"
        ",000元；甲方逾期付款的，每逾期1日，按逾期金额的5%支付违约金。",
    ),
    (
        "交付与验收",
        "乙方应在每期款项到账后60日内完成交付，甲方应在交付后10个工作日内按照附件《项目验收规"
        "范》组织验收，逾期未提出书面异议的视为验收合格。",
    ),
    (
        "保密",
        "双方对在履行本合同过程中知悉的对方商业秘密负有保密义务，未经对方事先书面同意，不得向任何"
        "第三方披露，该义务在本合同终止后三年内继续有效。",
    ),
    (
        "知识产权",
        "乙方在履行本合同过程中形成的工作成果的知识产权自甲方付清相应款项之日起归甲方所有，乙方保"
        "留其在先知识产权，并授予甲方必要的使用许可。",
    ),
    (
        "违约责任",
        "任何一方违反本合同约定的，应当赔偿守约方因此遭受的实际损失，包括但不限于守约方为维护权益"
        "支出的律师费、诉讼费、保全费和公证费。",
    ),
    (
        "通知与送达",
        "本合同项下的通知以书面形式按照首部所列地址发出，交邮后第三日视为送达；一方变更地址的，应"
        "提前5日书面通知对方，否则自行承担后果。",
    ),
)
CHARACTERS_A_PAGE = 1_000
"""Of Song type at 10.5 points with one and a half lines and headings, on A4."""
RATE = "按逾期金额的5%支付违约金"


def text(pages: int) -> str:
    lines, length, number = ["数据平台技术服务合同", "甲方：和木家居有限公司", "乙方：启明软件有限公司"], 0, 0
    while length < pages * CHARACTERS_A_PAGE:
        heading, body = _CLAUSES[number % len(_CLAUSES)]
        number += 1
        clause = [
            f"第{number}条 {heading}",
            *(f"{number}.{part} {body.format(n=number)}" for part in (1, 2, 3)),
        ]
        lines += clause
        length += sum(map(len, clause))
    return "\n".join([*lines, "甲方（盖章）：", "乙方（盖章）："])


def word_document(pages: int) -> bytes:
    """Headings in bold, figures in runs of their own, a table of payments every twenty clauses."""
    made = docx.Document()
    for number, line in enumerate(text(pages).split("\n")):
        paragraph = made.add_paragraph()
        head, percent, tail = line.partition("5%")
        paragraph.add_run(head).bold = line.startswith("第") or None
        if percent:
            paragraph.add_run(percent).italic = True
            paragraph.add_run(tail)
        if number % 80 == 79:
            table = made.add_table(rows=3, cols=3)
            for row in table.rows:
                for column, cell in enumerate(row.cells):
                    cell.text = ("期次", "金额", "日期")[column]
    held = BytesIO()
    made.save(held)
    return held.getvalue()
