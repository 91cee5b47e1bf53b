"""What places are called: short names, pinyin and initials. Pure; see terms.py for how they are found."""

import re
import unicodedata
from functools import lru_cache

from huying.kernel.grams import plain
from huying.places.rules import CITY, COMMUNITY, DISTRICT, PROVINCE, STREET

# How a committee signs; what is left is what people call the place. A remark in brackets may follow.
_COMMITTEE = re.compile(
    r"(?:(?P<village>村民委员会|村委会|村民委|村委)"
    r"|(?P<urban>居民委员会|居委会|居民委)"
    r"|(?<=嘎查)委员?会|(?<=社区)(?:居民管理|居民|居)?委员?会)"
    r"(?P<remark>[((].+[))])?$"
)
_REMARK = re.compile(r"[((][^()()]*[))]$")
_STREET = re.compile(r"(?:街道办事处|办事处|街道|地区|民族乡|镇|乡)$")
_COMMUNITY = re.compile(r"(?:社区|村|小区)$")
_KIND_WORDS = {
    PROVINCE: re.compile(r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区)$"),
    CITY: re.compile(r"(?:市|地区|盟|[^市区]{1,9}族自治州|自治州)$"),
    DISTRICT: re.compile(r"(?:新区|区|[^区县]{1,9}族自治县|县|市|旗)$"),
    STREET: _STREET,
}
# Before these a street's name is part of the place's own ('枣园' + '西路', '青年路' + '第一社区').
_LEANS_ON_STREET = re.compile(
    r"[第东西南北中上下前后左右内外新老大小一二三四五六七八九十路街巷村镇乡庄堡寨坊营头门站湾沟坡河]"
    r"|社区|小区|花园|花苑|家园|佳苑|开发区|工业|经济|林场|农场|牧场|管委会|综合|虚拟|类似"
)
_ASCII_RUN = re.compile(r"[a-z]+|[0-9]+")
_STANDS_ALONE = re.compile(r"(?:社区|[村路街巷里坊园区院苑])$")
_LEAST_OWN_NAME = 4

# Names read otherwise than their characters usually are, where the dictionary does not know them.
_READINGS = {
    "单县": "shan xian",
    "乐清": "yue qing",
    "洩湖": "xie hu",
    "砲里": "pao li",
    "瓦窑堡": "wa yao bu",
}
_LONGEST_PHRASE = 4


@lru_cache(maxsize=64)
def base_name(name: str) -> str:
    """The official name without the committee's style: '斜口骊山新家园社区居民委员会' → '斜口骊山新家园社区'.

    A village keeps the word, since it shares it with its committee ('芷阳村委会' → '芷阳村'), and a name that would be
    none without its style keeps it ('第九居委会').
    """
    style = _COMMITTEE.search(name)
    if not style:
        return name
    bare, remark = name[: style.start()], style["remark"] or ""
    if remark[1:-1] == "社区":
        bare, remark = bare.removesuffix("社区") + "社区", ""
    if style["village"]:
        bare = bare if bare.endswith(("村", "社区")) else f"{bare}村"
    elif len(bare) < 4 and not _STANDS_ALONE.search(bare):
        return name
    return bare + remark if len(bare) > 1 and not bare.endswith("街道") else name


def short_name(name: str, street: str = "") -> str:
    """What people call a place: without the committee's style and without its street's name put before it.

    '斜口骊山新家园社区居民委员会' in 斜口街道 → '骊山新家园社区', but in 青年路街道 '青年路第一社区' stays what it is.
    """
    short = base_name(name)
    own = short.removeprefix(street) if street else short
    if own != short and len(_COMMUNITY.sub("", own)) >= 2 and not own.startswith(("虚拟", "类似", "居")):
        return own
    stem = _STREET.sub("", street)
    if len(stem) < 2 or not short.startswith(stem) or not short.endswith("社区"):
        return short
    own = short.removeprefix(stem)
    return short if len(core_name(own)) < _LEAST_OWN_NAME or _LEANS_ON_STREET.match(own) else own


def core_name(short: str, kind: str = COMMUNITY) -> str:
    """The name without what kind of place it is: '骊山新家园社区' → '骊山新家园'; never shorter than two characters."""
    core = _KIND_WORDS.get(kind, _COMMUNITY).sub("", _REMARK.sub("", short))
    return core if len(core) >= 2 else short


def _toneless(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable.replace("ü", "v").replace("ǖ", "v").replace("ǘ", "v"))
    letters = letters.replace("u\u0308", "v")
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[str, ...]]:
    """Phrases whose characters are read otherwise than alone; loaded at first use, for it takes 60 MB and 0.4 s."""
    from pypinyin.constants import PHRASES_DICT

    found = {phrase: tuple(reading.split()) for phrase, reading in _READINGS.items()}
    for phrase, syllables in PHRASES_DICT.items():
        if len(phrase) <= _LONGEST_PHRASE and len(syllables) == len(phrase):
            reading = tuple(_toneless(choices[0]) for choices in syllables)
            if reading != tuple(map(_READ.__getitem__, phrase)):
                found.setdefault(phrase, reading)
    return found


@lru_cache(maxsize=1)
def _openers() -> dict[str, tuple[int, ...]]:
    """The characters that phrases begin with, and how long those are, the longest first."""
    lengths: dict[str, set[int]] = {}
    for phrase in _phrases():
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    return {char: tuple(sorted(found, reverse=True)) for char, found in lengths.items()}


class _Readings(dict):
    """How each character is read alone, looked up once."""

    def __missing__(self, char: str) -> str:
        from pypinyin.constants import PINYIN_DICT

        self[char] = _toneless(PINYIN_DICT.get(ord(char), "").partition(",")[0])
        return self[char]


_READ = _Readings()


@lru_cache(maxsize=64)
def syllables(text: str) -> tuple[str, ...]:
    """The text read aloud: a syllable per Chinese character, runs of letters and digits whole, all else left out.

    '重庆路17号' → ('chong', 'qing', 'lu', '17', 'hao')
    """
    text = plain(text)
    openers = _openers()
    if openers.keys().isdisjoint(text) and not _ASCII_RUN.search(text):
        return tuple([read for char in text if (read := _READ[char])])
    phrases, found, at = _phrases(), [], 0
    while at < len(text):
        char = text[at]
        run = _ASCII_RUN.match(text, at) if char.isascii() else None
        phrase = next((text[at : at + size] for size in openers.get(char, ()) if text[at : at + size] in phrases), "")
        if run:
            found.append(run[0])
        elif phrase:
            found.extend(phrases[phrase])
        else:
            found.append(_READ[char])
        at += len(run[0]) if run else len(phrase) or 1
    return tuple([syllable for syllable in found if syllable])


def romanised(short: str) -> tuple[str, str]:
    """Pinyin with blanks between syllables, and initials: '骊山新家园' → ('li shan xin jia yuan', 'lsxjy')."""
    read = syllables(short)
    return " ".join(read), "".join([syllable if syllable.isdigit() else syllable[0] for syllable in read])
