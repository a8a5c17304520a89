"""Contracts to review: Word files of some two pages, each with figures of its own."""

from __future__ import annotations

import io
from collections.abc import Iterator

import docx

_CLAUSES = """技术服务合同
甲方：青川家具有限公司　　住所：青川市江滨路{a}号
乙方：云壑软件有限公司　　住所：云壑市创业路{b}号
第一条 服务内容
乙方为甲方开发第{n}号仓储管理系统，包括入库、出库、盘点和报表四个模块，具体要求见附件一。
第二条 价款与支付
合同总价为人民币{sum}元，含税，税率6%。甲方应在合同签订后{days}日内支付30%，验收合格后支付70%。
第三条 交付与验收
乙方应在收到款项后60日内完成项目交付；甲方应在10个工作日内按附件二组织验收并出具书面结论。
第四条 违约责任
甲方逾期付款的，每逾期一日，按逾期金额的{rate}%支付违约金；乙方逾期交付的，无需承担任何违约责任。
第五条 知识产权
本合同项下形成的软件和文档的著作权自完成之日起归甲方所有。
第六条 保密
双方对因履行本合同知悉的对方商业秘密负有保密义务，期限为合同终止后三年。
第七条 解除
一方违约，经书面催告后15日内仍未纠正的，守约方有权书面通知解除本合同。
第八条 争议解决
因本合同发生的争议，由甲方住所地有管辖权的人民法院管辖。
第九条 通知
通知以书面形式送达首部所列住所，自签收之日视为送达。
附件一：《需求说明书》
附件二：《验收规范》
甲方（盖章）：青川家具有限公司　　乙方（盖章）：云壑软件有限公司"""


def contracts(count: int, *, seed: int) -> Iterator[tuple[str, bytes]]:
    for number in range(count):
        text = _CLAUSES.format(
            a=number + 1, b=seed + number, n=number + 1, sum=100_000 + 1_000 * number,
            days=5 + number % 40, rate=(number % 9 + 1) / 10,
        )  # fmt: skip
        yield f"合同{seed}-{number + 1}.docx", _document(text)


def _document(text: str) -> bytes:
    made, held = docx.Document(), io.BytesIO()
    for line in text.split("\n"):
        made.add_paragraph(line)
    made.save(held)
    return held.getvalue()
