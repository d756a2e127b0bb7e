"""What people write."""

import re
from random import Random

from tocsin.drill import words

WALLET = re.compile(r"bc1q[02-9ac-hj-np-z]{38}")


def test_ordinary_posts_have_a_long_tail_of_lengths() -> None:
    """Half are short; the longest are more than ten times as long."""
    rng = Random(3)
    lengths = sorted(len(words.ordinary(rng).text) for _ in range(3_000))
    assert lengths[1_500] < 120
    assert lengths[-1] > 1_200


def test_greetings_are_many_but_mostly_one_wish() -> None:
    """Two in five are the same wish; in writing there are hundreds of variants."""
    rng = Random(3)
    texts = [words.greeting(rng, 2026, "otter7").text for _ in range(3_000)]
    assert len(set(texts)) > 300
    assert sum("happy new year" in text.lower() for text in texts) > 1_200


def test_some_greetings_link_to_the_popular_video() -> None:
    """One address in very many posts is no attack at midnight."""
    rng = Random(3)
    linked = [post for post in (words.greeting(rng, 2026, "otter7") for _ in range(1_000)) if post.url]
    assert {post.url for post in linked} == {words.VIDEO}
    assert 80 < len(linked) < 250


def test_scam_posts_vary_and_never_break_the_address() -> None:
    """No two texts need be equal, yet whoever pays must be able to."""
    rng = Random(3)
    address = words.wallet(rng)
    posts = [words.scam(rng, address) for _ in range(500)]
    assert len({post.text for post in posts}) > 400
    assert all(address in post.text or post.url in post.text for post in posts)
    assert sum(address in post.text for post in posts) > 400
    assert {found for post in posts for found in WALLET.findall(post.text)} == {address}


def test_some_scam_letters_are_look_alikes() -> None:
    """A filter for words does not find what it looks for."""
    rng = Random(3)
    posts = [words.scam(rng, words.wallet(rng)) for _ in range(200)]
    disguised = sum(bool(re.search("[а-я]", post.text)) for post in posts)
    assert 50 < disguised < 150


def test_a_tip_jar_has_a_wallets_address() -> None:
    """An honest post looks enough like the scam to trip a rule that counts to one."""
    assert WALLET.search(words.tip_jar(Random(3)).text)
