"""Japanese kana and Thai in Latin letters, where letter after letter gives another word.

In: text in any script. Out: the same, kana spelled out (Hepburn), and Thai vowels that are written
before their consonant behind it, as they are spoken. It must not know what becomes of it.
"""

from __future__ import annotations

import re

_FIRST = "ぁ"
_SYLLABLES = (
    "a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za shi ji su zu se ze so zo ta da chi ji "
    "っ tsu zu te de to do na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po ma mi mu me "
    "mo ya ya yu yu yo yo ra ri ru re ro wa wa i e o n vu ka ke"
)
_HEPBURN = _SYLLABLES.split()
_KANA = re.compile("[ぁ-ゖ]+|[ァ-ヶー]+")
_HIRAGANA = {ord("ァ") + n: ord(_FIRST) + n for n in range(len(_HEPBURN))} | {ord("ー"): None}
_THAI = re.compile("([เแโใไ])([ก-ฮ])")


def spelled(text: str) -> str:
    """The text with those parts in Latin letters, or in the order in which they are spoken."""
    return _THAI.sub(r"\2\1", _KANA.sub(lambda run: f" {_hepburn(run[0])} ", text))


def _hepburn(kana: str) -> str:
    word, double = "", False
    for char in kana.translate(_HIRAGANA):
        syllable = _HEPBURN[ord(char) - ord(_FIRST)]
        if syllable == "っ":
            double = True
        elif char in "ゃゅょ" and word.endswith("i"):
            glide = "" if word.endswith(("shi", "chi", "ji")) else "y"
            word = f"{word[:-1]}{glide}{syllable[-1]}"
        elif char in "ぁぃぅぇぉ" and word:
            word = word[:-1] + syllable
        else:
            first = "t" if syllable.startswith("ch") else syllable[0]
            word += (first if double else "") + syllable
            double = False
    return word
