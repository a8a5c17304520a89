"""Passages of two documents, with their titles and what stands around what they say: some contradict each
other, the others speak of two things. Every second one was set aside while the rules were written."""

# ruff: noqa: E501  a passage stands on a line

from __future__ import annotations

Side = tuple[str, str]

CONTRADICT: tuple[tuple[Side, Side], ...] = (
    (("退货政策", "感谢您的光临。定制家具不接受退货。普通家具的退货期限为签收后7天。"), ("客服手册", "回答客户时请先问候。普通家具的退货期限为签收后14天。")),
    (("配送说明", "我们在全国配送。同城订单的配送时间为2天。"), ("门店手册", "店员须告知客户下列事项：营业时间。同城订单的配送时间为5天。")),
    (("会员章程", "本章程自2025年1月1日起施行。"), ("会员章程（修订）", "本章程自2025年3月1日起施行。")),
    (("会员章程", "会员积分每年清零一次。积分兑换比例为100分抵1元。"), ("积分问答", "积分怎么用？积分兑换比例为200分抵1元。")),
    (("费用制度", "出差住宿费的报销上限为每晚500元。"), ("差旅问答", "请保留发票。出差住宿费的报销上限为每晚400元。")),
    (("员工手册", "员工每年享有带薪年假10天。"), ("人事公告", "祝大家新年快乐。员工每年享有带薪年假12天。")),
    (("保修卡", "请妥善保管。沙发弹簧的保修期为5年。"), ("产品说明书", "沙发弹簧的保修期为三年，凭发票办理。")),
    (("理财产品说明", "申购费率为1.2%。产品的最短持有期为90天。"), ("理财问答", "可以提前赎回吗？产品的最短持有期为180天。")),
    (("门诊须知", "就诊时请带身份证。复诊号须提前3天预约。"), ("门诊公告", "复诊号须提前1天预约。")),
    (("借阅规定", "图书馆读者不得携带饮料进入阅览室。"), ("读者指南", "欢迎您。图书馆读者可以携带饮料进入阅览室。")),
    (("停车须知", "顾客在地下车库停车前2小时免费。"), ("商场指南", "顾客在地下车库停车前3小时免费。")),
    (("处罚办法", "员工迟到三次以上。情节严重的，处五百元以上一千元以下的罚款。"), ("处罚办法", "员工迟到三次以上。情节严重的，处二百元以上五百元以下的罚款。")),
    (("Returns", "Thank you for shopping with us. Unused cushions may be returned within 30 days."), ("Staff handbook", "Greet every caller by name. Unused cushions may be returned within 14 days.")),
    (("Delivery", "Delivery inside the city costs 49 yuan."), ("Price list", "Prices include tax. Delivery inside the city costs 59 yuan.")),
    (("Privacy policy", "This policy takes effect on 1 March 2025."), ("Privacy policy 2", "This policy takes effect on 1 May 2025.")),
    (("Leave policy", "Ask your manager early. Full-time staff receive 20 days of annual leave."), ("Benefits", "Full-time staff receive 25 days of annual leave.")),
    (("Library rules", "Drinks are prohibited in the reading room."), ("Visitor guide", "Welcome to the library. Drinks are allowed in the reading room.")),
    (("Card terms", "Keep your card safe. The daily withdrawal limit is 5,000 yuan."), ("Card questions", "How much can I withdraw? The daily withdrawal limit is 8,000 yuan.")),
    (("Clinic hours", "The vaccination clinic closes at 17:30 on Fridays."), ("Notice board", "The vaccination clinic closes at 4 p.m. on Fridays.")),
    (("Expenses", "Hotel costs are refunded up to 600 yuan a night."), ("Travel questions", "Keep your receipts. Hotel costs are refunded up to 500 yuan a night.")),
    (("Warranty", "Sofa springs are covered for five years."), ("Manual", "Register your sofa first. Sofa springs are covered for three years.")),
    (("Fund facts", "The fund charges an entry fee of 1.5%."), ("Fund questions", "What does it cost? The fund charges an entry fee of 1.2%.")),
    (("Parking", "Visitors park in the basement for 2 hours without charge."), ("Mall guide", "Visitors park in the basement for 3 hours without charge.")),
    (("Pets", "Visitors may bring dogs into the garden cafe."), ("House rules", "Be quiet after ten. Visitors may not bring dogs into the garden cafe.")),
)  # fmt: skip

LAWFUL: tuple[tuple[Side, Side], ...] = (
    (("退货政策", "本政策自2024年5月1日起施行。"), ("价格政策", "本政策自2025年5月1日起施行。")),
    (("食品条例", "未标注保质期的，由主管部门警告。情节严重的，处一万元以上三万元以下的罚款。"), ("广告条例", "发布虚假广告的，责令停止。情节严重的，处十万元以上三十万元以下的罚款。")),
    (("沙发保养", "真皮沙发怕晒。其清洁周期为每30天一次。"), ("地毯保养", "羊毛地毯怕潮。其清洁周期为每90天一次。")),
    (("理财甲", "本产品的起购金额为1万元人民币。"), ("理财乙", "本产品的起购金额为5万元人民币。")),
    (("采购制度", "本制度由2023年第3次会议讨论通过。"), ("考勤制度", "本制度由2024年第7次会议讨论通过。")),
    (("甲商场", "有下列情形之一的，扣除押金200元：（一）损坏；（二）丢失。"), ("乙商场", "有下列情形之一的，扣除押金500元：（一）逾期；（二）转借。")),
    (("药品法", "对直接负责的主管人员，处五万元以上十万元以下的罚款。生产假药的，吊销许可。"), ("税收法", "对直接负责的主管人员，处二万元以上五万元以下的罚款。偷逃税款的，追缴税款。")),
    (("空调说明书", "本产品的整机保修期为六年，凭发票。"), ("风扇说明书", "本产品的整机保修期为一年，凭发票。")),
    (("床垫", "这款床垫可试睡。此服务的有效期为100天。"), ("椅子", "这款椅子可试坐。此服务的有效期为30天。")),
    (("租房合同", "本合同的押金为两个月租金，期满退还。"), ("车位合同", "本合同的押金为一个月租金，期满退还。")),
    (("门诊须知", "儿科门诊的挂号费为20元。"), ("门诊须知", "专家门诊的挂号费为50元。")),
    (("急诊", "急诊病人先就诊。否则须在30分钟内补交费用。"), ("体检", "体检客户先缴费。否则须在3天内补交费用。")),
    (("Sofa guide", "This guide was approved on 3 May 2024."), ("Lamp guide", "This guide was approved on 9 June 2025.")),
    (("Food act", "Whoever sells spoiled food is warned. In serious cases the fine is 5,000 yuan. It is due within 10 days."), ("Traffic act", "Whoever parks on a crossing is warned. In serious cases the fine is 200 yuan. It is due within 30 days.")),
    (("Gold fund", "This document sets the entry fee at 1.5% of the sum."), ("Silver fund", "This document sets the entry fee at 0.8% of the sum.")),
    (("Rent", "The tenant pays a deposit. It is returned within 30 days after the end."), ("Parcels", "The sender pays a deposit. It is returned within 7 days after the end.")),
    (("Offer A", "This agreement ends on 31 December 2025."), ("Offer B", "This agreement ends on 30 June 2026.")),
    (("Mattress", "You may try it at home. This service lasts 100 nights at most."), ("Pillow", "You may try it in the store. This service lasts 10 nights at most.")),
    (("Hall A", "Any of the following costs a visitor 20 yuan: smoking, shouting."), ("Hall B", "Any of the following costs a visitor 50 yuan: littering, climbing.")),
    (("Staff leave", "Part-time staff receive 10 days of annual leave."), ("Staff leave", "Full-time staff receive 25 days of annual leave.")),
    (("Travel", "Taxis are refunded with a receipt. Otherwise the limit is 50 yuan a day."), ("Meals", "Dinners are refunded with a receipt. Otherwise the limit is 80 yuan a day.")),
    (("Oven", "These goods carry a warranty of two years from delivery."), ("Kettle", "These goods carry a warranty of one year from delivery.")),
    (("Clinic", "Adults book a day ahead. They wait 20 minutes on average."), ("Blood bank", "Donors need no booking. They wait 5 minutes on average.")),
    (("Lease", "Under this contract the notice period is three months."), ("Hosting", "Under this contract the notice period is one month.")),
)  # fmt: skip
