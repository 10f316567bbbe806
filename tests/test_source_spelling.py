"""Scripts whose letters, taken one by one, give another word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source.identity import is_id, word_of
from feedsvc.source.spelling import spelled


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("しゃしん", "shashin"),
        ("ニュース", "nyusu"),
        ("きょうと", "kyouto"),
        ("あひゃ", "ahya"),
        ("ひゃく", "hyaku"),
        ("じゅう", "juu"),
        ("ちょう", "chou"),
        ("がっこう", "gakkou"),
        ("マッチャ", "matcha"),
        ("ファックス", "fakkusu"),
        ("ティー", "ti"),
        ("スーパーマーケット", "supamaketto"),
    ],
)
def test_kana_by_hepburn(kana, latin):
    assert spelled(kana) == f" {latin} "


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("新しいニュース", "xin-shii-nyusu"),
        ("潮位計を四つの港に設置", "chao-wei-ji-o-si-tsuno-gang-ni-she-zhi"),
        ("เรือใหม่", "reueohaim"),
        ("한국어 제목", "hangugeo-jemog"),
        ("Новые приборы", "novye-pribory"),
    ],
)
def test_titles_in_other_scripts(title, word):
    assert word_of(title) == word


@given(st.text(alphabet=[chr(n) for n in range(0x3041, 0x30FF)] + ["เ", "ร", "a", " "]))
def test_whatever_is_written_an_id_comes_of_it_or_nothing(text):
    word = word_of(text)
    assert word == "" or is_id(word)
