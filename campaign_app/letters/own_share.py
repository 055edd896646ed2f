"""How much of a letter is the sender's own, told from runs of words that it shares.

The idea is WriteToThem's (FYR/SubstringHash.pm): take off what every letter has, hash
overlapping windows and compare. Ours hashes windows of words and looks at one letter alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

WINDOW = 5  #: Words in a run. Shorter runs, such as "in the treatment of", are everyone's.

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?…؟。]+|\n")


def alike_percent(own_words: str, shared_text: str) -> int:
    """Return how alike a letter is to the untouched one, from 100 down to 0.

    ``shared_text`` is the letter without the own words. With s words in it and m words that are
    the sender's own the answer is 100 * s / (s + m), rounded down, so that 100 means untouched.

    A word of ``own_words`` is the sender's own unless it lies in a run of ``WINDOW`` words,
    within one sentence, that the shared text has too; a sentence shorter than that is compared
    whole; a sentence said twice counts once. So pasting the letter into the box changes nothing,
    and each further sentence can only lower the answer, because sentences are judged one by one.
    Scripts without spaces between words count as few, long words.
    """
    shared = _words(shared_text)
    if not shared:
        return 0 if _words(own_words) else 100
    own = _own_word_count(own_words, shared)
    return 100 * len(shared) // (len(shared) + own)


def _own_word_count(own_words: str, shared: Sequence[str]) -> int:
    known = {size: frozenset(_fingerprints(shared, size)) for size in range(1, WINDOW + 1)}
    return sum(_unknown_words(sentence, known) for sentence in _sentences(own_words))


def _unknown_words(sentence: Sequence[str], known: dict[int, frozenset[bytes]]) -> int:
    size = min(WINDOW, len(sentence))
    covered: set[int] = set()
    for start, fingerprint in enumerate(_fingerprints(sentence, size)):
        if fingerprint in known[size]:
            covered.update(range(start, start + size))
    return len(sentence) - len(covered)


def _fingerprints(words: Sequence[str], size: int) -> Iterator[bytes]:
    for start in range(len(words) - size + 1):
        run = " ".join(words[start : start + size])
        yield hashlib.blake2b(run.encode(), digest_size=8).digest()


def _sentences(text: str) -> list[tuple[str, ...]]:
    pieces = (tuple(_words(piece)) for piece in _SENTENCE_END.split(text))
    return list(dict.fromkeys(piece for piece in pieces if piece))


def _words(text: str) -> list[str]:
    return [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text)]
