"""What people write: ordinary posts with a long tail of lengths, greetings at midnight, and the scam."""

from dataclasses import dataclass
from random import Random

VIDEO = "https://video.example/watch/fireworks-over-the-harbour"
"""The video that everybody shares at midnight."""

_WHO = ("my neighbour", "the cat", "our team", "this bakery", "the night train", "a friend", "my sister", "nobody here")
_DID = (
    "has finally fixed",
    "keeps talking about",
    "walked past",
    "cannot stop painting",
    "wrote a song about",
    "was early for",
    "forgot",
    "is reading about",
)
_WHAT = (
    "the old bicycle",
    "a very small garden",
    "the match on Saturday",
    "three kinds of bread",
    "the rain in the hills",
    "that film everyone loves",
    "a bug in the compiler",
    "the winter market",
    "a map of the stars",
    "the last bus home",
)
_END = (".", "!", "…", ", again.", " and I am here for it.", " :)", "?")
_TAGS = ("#morning", "#cooking", "#cycling", "#films", "#music", "#code", "#garden", "#football")
_LINKS = ("https://news.example/today", "https://photos.example/album", "https://recipes.example/soup", VIDEO)

_WISHES = (
    "happy new year",
    "have a happy new year",
    "wishing you all a happy new year",
    "frohes neues jahr",
    "bonne année",
    "feliz año nuevo",
    "feliz ano novo",
    "szczęśliwego nowego roku",
    "selamat tahun baru",
    "あけましておめでとう",
)
_TO = ("", " everyone", " to all of you", " my friends", " from all of us", " from {name}", " {name}")
_SPARKS = ("", "!", "!!!", " 🎉", " 🎆🎆", " 🥂", " ✨✨✨", " 🎉🥂🎆", " ❤️")

_REASONS = (
    "I am giving back to my community",
    "I am feeling generous today",
    "Because of everything this year took from us I am giving back",
    "My fans have been so good to me",
    "We are celebrating with all of our followers",
)
_OFFERS = (
    "All coins sent to the address below will be sent back doubled",
    "Send {amount} and I send back {double}",
    "You send {amount}, I return {double}, nothing to lose",
    "Everything you send comes back twice: {amount} becomes {double}",
)
_URGES = ("Only for 30 minutes!", "Only doing this for the next hour.", "Ends soon.", "Limited to the first 1,000.", "")
_SITES = ("https://double-coins.example/go", "https://coins-back.example/claim", "https://crypt0-gift.example/now")
_LOOK_ALIKES = str.maketrans("aeopcx", "аеорсх")  # Latin to Cyrillic: equal to the eye
_BECH32 = "023456789acdefghjklmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Post:
    """A text, and the address it links to, if any."""

    text: str
    url: str = ""


def wallet(rng: Random) -> str:
    """An invented address of the usual form; its checksum is as good as certainly wrong."""
    return "bc1q" + "".join(rng.choices(_BECH32, k=38))


def ordinary(rng: Random) -> Post:
    """A post about nothing much: most are one sentence, a few go on and on."""
    sentences = min(int(rng.paretovariate(1.2)), 30)
    text = " ".join(_sentence(rng) for _ in range(sentences))
    if rng.random() < 0.3:
        text += f" {rng.choice(_TAGS)}"
    if rng.random() < 0.12:
        url = rng.choice(_LINKS)
        return Post(f"{text} {url}", url)
    return Post(text)


def tip_jar(rng: Random) -> Post:
    """An honest post with a wallet's address: rules must not ring for one of these."""
    return Post(f"{_sentence(rng)} If you like my work, my tip jar: {wallet(rng)}")


def greeting(rng: Random, year: int, name: str) -> Post:
    """A new year's greeting: much the same from everybody, in many small variations."""
    wish = rng.choices(_WISHES, weights=(40, 12, 10, 8, 5, 8, 7, 4, 3, 3))[0]
    text = wish + rng.choice(_TO).format(name=name)
    if rng.random() < 0.45:
        text += f" {year}"
    text = rng.choice((str.capitalize, str.capitalize, str.title, str.upper, str.lower))(text)
    text += rng.choice(_SPARKS)
    if rng.random() < 0.15:
        return Post(f"{text} {VIDEO}", VIDEO)
    return Post(text)


def scam(rng: Random, address: str) -> Post:
    """The coin scam: the same offer, its words, amounts, letters and links varied."""
    amount = rng.choice((500, 1_000, 2_000, 5_000))
    unit = rng.choice(("${}", "{} USD", "$ {}"))
    terms = {"amount": unit.format(f"{amount:,}"), "double": unit.format(f"{2 * amount:,}")}
    words = [rng.choice(_REASONS) + rng.choice((".", "!", ",")), rng.choice(_OFFERS).format(**terms) + "."]
    words.append(rng.choice(_URGES))
    text = _disguise(rng, " ".join(word for word in words if word))
    has_site = rng.random() < 0.25
    url = rng.choice(_SITES) if has_site else ""
    parts = [text, url, "" if has_site and rng.random() < 0.4 else address]
    return Post(" ".join(part for part in parts if part), url)


def _disguise(rng: Random, text: str) -> str:
    """Some letters replaced by their look-alikes, in about half of the texts."""
    if rng.random() < 0.5:
        return text
    return "".join(letter.translate(_LOOK_ALIKES) if rng.random() < 0.2 else letter for letter in text)


def _sentence(rng: Random) -> str:
    return f"{rng.choice(_WHO).capitalize()} {rng.choice(_DID)} {rng.choice(_WHAT)}{rng.choice(_END)}"
