"""A labelled set: pairs of texts that are the same message, and pairs that are not, though they may look alike.

Made from templates that have nothing in common with those of the drill (`tocsin.drill.words`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

MESSAGES: Final = (
    (
        "Dear customer, your parcel is waiting at our depot for the postage was not paid in full. "
        "Please settle the remaining fee of 2.99 within 24 hours at https://parcel.example/pay or it goes back"
    ),
    (
        "Hello, I saw your profile and our agency is looking for people who can work two hours a day from home. "
        "You earn 180 dollars a day, no experience needed, write to me on the number 555 0147"
    ),
    (
        "Your mailbox has reached its limit, new messages will be refused from tomorrow. "
        "Sign in at https://mail-check.example/renew now so that your account is not switched off by the administrator"
    ),
    (
        "Two tickets for the sold out concert on Friday, I cannot go because my daughter is ill. "
        "Take both for 90 euros, I can send them at once, just pay to tickets@resale.example first"
    ),
    (
        "Bright two room flat near the station, fully furnished, only 650 a month with heating included. "
        "I am abroad at the moment so please send the deposit first and the keys come by mail"
    ),
    (
        "Our shelter has to close if we do not raise the rent by the end of this month. "
        "Thirty dogs and cats would lose their home, every little gift of 5 or 10 helps, https://paws.example/give"
    ),
    (
        "Ihr Konto wurde vorübergehend eingeschränkt, weil eine ungewöhnliche Anmeldung festgestellt wurde. "
        "Bestätigen Sie Ihre Angaben bis morgen unter https://sicher.example/start, sonst wird der Zugang gesperrt"
    ),
    (
        "Ваша карта заблокирована по соображениям безопасности, обратитесь в службу поддержки банка. "
        "Позвоните по номеру 555 0199 и назовите код из сообщения, чтобы снова пользоваться картой"
    ),
    (
        "お客様のお荷物をお届けに上がりましたが、ご不在のため持ち帰りました。"
        "下記のリンクから再配達の日時をお選びください https://yubin.example/again ご確認をお願いいたします"
    ),
)
"""What is said; sentences end with a full stop, so that a clause can be moved."""

ANSWERS: Final = (
    "I got the same message about a parcel yesterday, do not pay anything, it is a fraud and the link is not theirs",
    "Has anybody else had trouble with the depot? My parcel is waiting there since Monday and nobody answers the phone",
    "We are looking for somebody who can work two evenings a week in our bakery, no experience needed, come by and ask",
    "My mailbox is full again, can the administrator please tell me how I can delete the old messages at once",
    "Looking for two tickets for the concert on Friday, I can pay at once, my sister really wants to see them",
    "Does anybody know a bright flat near the station? My budget is 700 a month and I have a small quiet dog",
    "Thank you all for your gifts, the shelter stays open, the dogs and cats say hello and we owe you a big party",
    "Ich konnte mich heute nicht anmelden, mein Konto war gesperrt, der Support hat es aber in zehn Minuten gelöst",
    "Подскажите, пожалуйста, куда обратиться, если карта заблокирована, а служба поддержки банка не отвечает",
    "荷物の再配達をお願いしたのですが、リンクが開けません。どなたか電話番号をご存じでしたら教えていただけませんか",
    "Congratulations to the whole team on the launch, this was a long road and you all did a wonderful job",
    "Congratulations on the new baby, we are so happy for the whole family, see you all on Sunday for cake",
    "Good morning from the harbour, the sea is quiet today and the first boats are coming in with their nets",
    "Good morning from the mountain hut, it snowed all night and the path to the valley is closed until noon",
    "Weather for the coast today: sunny with some cloud in the afternoon, light wind from the west, warm water",
    "Weather for the hills today: heavy showers until evening, strong gusts from the north, snow above the pass",
    "Now hiring: nurse for the night ward in our clinic, full time, start in March, send your papers to the office",
    "Now hiring: driver for the morning round of our dairy, part time, licence needed, call the yard before eight",
    "Happy birthday dear grandmother, ninety years and still the best dancer at every wedding of this family",
    "Happy birthday to our mascot the old goat, nine years of eating the flowers in front of the town hall",
)
"""What other people say about the same things, or with the same beginnings: never one message with another."""

GREETINGS: Final = (
    "Happy Easter {name}!",
    "happy easter everyone",
    "Merry Christmas to you all, {name}",
    "Eid Mubarak, dear {name}!",
    "good morning {name}, have a nice day",
    "Thank you so much {name}",
    "congratulations {name}, well done!!",
    "lol {name} same here",
)
"""What everybody says: too short to be told from each other."""

TEMPLATES: Final = (
    "Job alert for you: {what} wanted in {where}. {how}. Apply with a letter and your papers until Friday",
    "{where} today: {how}. The next report comes at noon, stay safe and look after {what}",
    "New in our shop: {what} from {where}! {how}. Come and have a look, we are open until seven in the evening",
)
"""What machines and shops send all day, rightly: one frame, and each time something else in it."""
_WHAT: Final = (
    *(
        "nurses for the night ward",
        "hand made copper kettles",
        "a violin teacher with patience",
        "old people next door",
    ),
    *(
        "linen shirts in five colours",
        "two truck drivers",
        "the goats on the upper meadow",
        "roasted chestnuts by the bag",
    ),
)
_WHERE: Final = (
    "Lower Saxony",
    "the old fish market",
    "Vilnius and around it",
    "Porto",
    "the lake district",
    "Thessaloniki",
)
_HOW: Final = (
    *("Full time and well paid, with a flat in the house", "Showers until the evening and then a clear cold night"),
    *("Only as long as there are some left on the shelf", "Quiet on all roads but for the bridge, which is closed"),
    *("Experience is welcome, and so are people who want to learn", "A strong wind from the south with dust in it"),
)

NAMES: Final = ("Aurelia", "Ben", "Chukwuemeka", "Dragana", "Ewa", "Frédéric", "Ingeborg", "Jo", "Lakshmi", "Mattias")
_CYRILLIC: Final = str.maketrans("aeopcxyiABEHKMOPCTX", "аеорсхуіАВЕНКМОРСТХ")
_GREEK: Final = str.maketrans("ovABEHIKMNOPTXYZ", "ονΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_ZERO_WIDTH: Final = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and whether they are the same message."""

    one: str
    two: str
    is_same: bool
    kind: str


def pairs(seed: int, each: int) -> list[Pair]:
    """A set: of every message ``each`` pairs of variants, and as many pairs of what is not the same."""
    rng = Random(seed)
    found = []
    for message in MESSAGES:
        for _ in range(each):
            one, two = vary(rng, message), vary(rng, message)
            while two[0] == one[0]:
                two = vary(rng, message)
            found.append(Pair(one[0], two[0], True, f"{one[1]} / {two[1]}"))
    texts = (*MESSAGES, *ANSWERS)
    for _ in range(each * len(MESSAGES)):
        one, two = rng.sample(texts, 2)
        found.append(Pair(vary(rng, one)[0], vary(rng, two)[0], False, "other"))
    for _ in range(each):
        message = rng.choice(MESSAGES)
        found.append(Pair(vary(rng, message)[0], _quote(rng, message), False, "quote"))
        frame = rng.choice(TEMPLATES)
        found.append(Pair(_fill(rng, frame, 0), _fill(rng, frame, 1), False, "template"))
    for _ in range(each):
        greeting = rng.choice(GREETINGS)
        texts_ = [greeting.format(name=rng.choice(NAMES)) for _ in range(2)]
        found.append(Pair(texts_[0], texts_[1], False, "greeting"))
    return found


def _quote(rng: Random, message: str) -> str:
    """What somebody says about a message, with a part of it."""
    said = rng.choice(
        ("Is this real? I got it this morning and do not know what to do:", "Careful, my mother nearly fell for")
    )
    mark = "。" if "。" in message else ". "
    return f"{said} {message.split(mark, maxsplit=1)[0]}. Please tell your parents and friends, and report it"


def _fill(rng: Random, frame: str, parity: int) -> str:
    """``frame`` filled; of two with different ``parity`` nothing is the same."""
    chosen = {name: rng.choice(words[parity::2]) for name, words in (("what", _WHAT), ("where", _WHERE), ("how", _HOW))}
    return frame.format(**chosen)


def vary(rng: Random, message: str) -> tuple[str, str]:
    """One to three of the ways in which senders vary a message, and their names."""
    chosen = rng.sample(list(WAYS), rng.randint(1, 3))
    for name in chosen:
        message = WAYS[name](rng, message)
    return message, " + ".join(chosen)


def _case(rng: Random, text: str) -> str:
    return rng.choice((str.upper, str.lower, str.title, str.swapcase))(text)


def _spacing(rng: Random, text: str) -> str:
    words = text.split(" ")
    spaced = [" ".join(word) if rng.random() < 0.15 else word for word in words]
    return rng.choice((" ", "  ", "\n", " ~ ")).join(spaced)


def _look_alikes(rng: Random, text: str) -> str:
    table = rng.choice((_CYRILLIC, _GREEK))
    return "".join(letter.translate(table) if rng.random() < 0.5 else letter for letter in text)


def _wide(rng: Random, text: str) -> str:
    """Full-width or mathematical bold letters in some words."""
    return " ".join(_styled(word, rng) if rng.random() < 0.3 and word.isascii() else word for word in text.split(" "))


def _styled(word: str, rng: Random) -> str:
    start = rng.choice((0xFF41, 0x1D41A))
    return "".join(chr(start + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in word)


def _unseen(rng: Random, text: str) -> str:
    return "".join(letter + rng.choice(_ZERO_WIDTH) if rng.random() < 0.2 else letter for letter in text)


def _name(rng: Random, text: str) -> str:
    words = text.split(" ")
    words.insert(rng.randrange(len(words) + 1), rng.choice(NAMES))
    return " ".join(words)


def _amount(rng: Random, text: str) -> str:
    return "".join(str(rng.randrange(10)) if letter.isdigit() and letter.isascii() else letter for letter in text)


def _link(rng: Random, text: str) -> str:
    word = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=9))
    new = rng.choice(
        (f"https://{word}.example/{rng.randrange(10**6)}", f"www.{word}.example", f"{word}@{word}.example")
    )
    return " ".join(new if "example" in part else part for part in text.split(" "))


def _swap(_: Random, text: str) -> str:
    mark = "。" if "。" in text else ". "
    first, _, second = text.partition(mark)
    return f"{second}{mark}{first}"


def _marks(rng: Random, text: str) -> str:
    return rng.choice(("!!! ", "🔥🔥 ", "→ ", "*** ")) + text.replace(",", rng.choice(("", " –", "…"))) + " ✅"


WAYS: Final[dict[str, Callable[[Random, str], str]]] = {
    "case": _case,
    "spacing": _spacing,
    "look-alikes": _look_alikes,
    "styled letters": _wide,
    "unseen characters": _unseen,
    "inserted name": _name,
    "amount": _amount,
    "link": _link,
    "swapped clause": _swap,
    "marks": _marks,
}
