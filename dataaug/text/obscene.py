"""Words that no edit may make: a slip of the keyboard turns shirt into something else."""

from dataaug.text.segments import plain

# fmt: off
_WORDS = (
    # English
    "arse arses ass asses boob boobs bugger bum bums cock cocks coon coons crap cum cunt cunts "
    "damn dick dicks dildo dyke dykes fag fags faggot fart farts fuck fucks gook hoe hoes homo "
    "hooker jizz kike negro nude nudes paki penis piss poop porn porno prick pricks pussy queer "
    "rape raped rapes raper rapist retard sex sexy shag shit shits shite skank slut sluts spic "
    "spunk tit tits titty tranny turd turds twat twats vagina wank wanker whore whores wop "
    # German, French, Spanish, Portuguese
    "arsch fick ficken fotze hure huren kacke nutte scheiss scheiße schwuchtel titte titten "
    "wichser bordel chier chatte cul culs merde nichon pede pédé putain pute putes salope "
    "cabron cabrón coño culo culos joder mierda polla pollas puta putas puto verga buceta "
    "cacete caralho foda foder merda porra viado xoxota "
)
_STEMS = ("bastard", "bitch", "cunt", "fuck", "motherf", "nigg", "pussy", "retard", "shit", "whor")
# fmt: on
_TABLE = frozenset(_WORDS.split())


def makes_obscene(old: str, new: str) -> bool:
    """Is a word obscene or demeaning that the one it takes the place of is not?"""
    return _is_obscene(new) and not _is_obscene(old)


def _is_obscene(word: str) -> bool:
    lower = plain(word).lower()
    return lower in _TABLE or lower.startswith(_STEMS)
