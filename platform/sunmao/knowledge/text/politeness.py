"""Chinese words that make a sentence a polite question and say nothing about its subject.

Longer ones win. They are removed from questions before these are held against statutes and answers, and kept
where titles are questions themselves: stripping there costs five points of recall@1.
"""

from __future__ import annotations

_OPENINGS = """
您好 你好 大家好 各位好 专家好 医生好 律师好 老师好 在吗 请问一下 请问 想问一下 想问问
想问下 我想问一下 我想问 想请问 我想咨询一下 我想咨询 想咨询一下 想咨询 咨询一下 咨询下
请教一下 请教 麻烦问一下 麻烦问下 麻烦您 麻烦 打扰一下 打扰了 帮我查一下 帮我看看 帮忙看一下
帮忙看看 能不能告诉我 能否告诉我 可以告诉我 请告诉我 告诉我 我想知道 我想了解一下 我想了解
想知道 想了解一下 想了解 请解释一下 解释一下 请解释 请介绍一下 介绍一下 请说明一下 请说明
描述一下 谢谢您 谢谢你 谢谢了 谢谢 多谢 感谢 拜托了 急急急 求助 求解
"""
_QUESTION_WORDS = """
是什么意思 什么意思 是什么样的 是什么 是指什么 指的是什么 有什么 为什么 凭什么 什么是 什么样的
什么样 什么 该怎么办 怎么办 怎么样 怎么回事 是怎么回事 怎么做 怎么 怎样 如何是好 如何
应该如何 为何 有哪些 都有哪些 哪些 哪个 哪种 哪一种 哪里 哪儿 是不是 是否 能不能 能否
可不可以 可否 会不会 要不要 有没有 该不该 多少 多久 多长时间 谁 对吗 对不对 好吗 行吗
可以吗 吗 呢 吧 啊 呀
"""

OPENINGS = tuple(_OPENINGS.split())
QUESTION_WORDS = tuple(_QUESTION_WORDS.split())

# 吗啡, 吗丁啉, 呢绒, 酒吧: the particle is also a syllable of names.
NOT_BEFORE = {"吗": "啡丁", "呢": "绒子", "吧": "台"}
NOT_AFTER = {"吧": "酒网"}

__all__ = ["NOT_AFTER", "NOT_BEFORE", "OPENINGS", "QUESTION_WORDS"]
