"""The words a prompt is understood by: genres, tempi, sizes, forms. Data alone; `composer/prompt.py` reads it.

Conventions: phrases are lower-case words separated by blanks (hyphens count as blanks); `pace` runs from 0 (the slowest
a style is played) to 1 (the fastest).
"""

from __future__ import annotations

GENRES: dict[str, str] = {
    "techno": "house", "edm": "house", "electronic": "house", "electronica": "house", "trance": "house",
    "dance music": "house", "dance": "house", "drum and bass": "house", "drum n bass": "house", "dnb": "house",
    "synthwave": "house", "club": "house", "deep house": "house", "disco": "house", "electro": "house",
    "trap": "hip-hop", "rap": "hip-hop", "boom bap": "hip-hop", "hiphop": "hip-hop", "hip hop": "hip-hop",
    "drill": "hip-hop",
    "orchestral": "classical", "symphony": "classical", "baroque": "classical", "chamber music": "classical",
    "sonata": "classical", "sonata form": "classical", "minuet": "classical", "rondo": "classical",
    "symphonic": "classical", "march": "classical",
    "mozart": "classical", "haydn": "classical", "beethoven": "classical",
    "chill beats": "lo-fi", "chillhop": "lo-fi", "lofi": "lo-fi", "study beats": "lo-fi", "lo fi beats": "lo-fi",
    "soundtrack": "cinematic", "film score": "cinematic", "film music": "cinematic", "movie score": "cinematic",
    "score for a film": "cinematic", "trailer": "cinematic", "trailer music": "cinematic", "game music": "cinematic",
    "movie music": "cinematic", "filmic": "cinematic",
    "r and b": "rnb", "r&b": "rnb", "r n b": "rnb", "rhythm and blues": "rnb", "soul": "rnb", "neo soul": "rnb",
    "motown": "rnb", "gospel": "rnb",
    "swing": "jazz", "bebop": "jazz", "big band": "jazz", "jazzy": "jazz", "smooth jazz": "jazz",
    "samba": "bossa", "bossa nova": "bossa", "brazilian": "bossa",
    "latin": "salsa", "mambo": "salsa", "cuban": "salsa", "son montuno": "salsa",
    "ska": "reggae", "dub": "reggae", "roots reggae": "reggae", "one drop": "reggae",
    "bluegrass": "country", "honky tonk": "country", "nashville": "country", "americana": "country",
    "celtic": "folk", "irish": "folk", "scottish": "folk", "reel": "folk", "jig": "folk", "hornpipe": "folk",
    "singer songwriter": "folk", "traditional": "folk", "sea shanty": "folk", "shanty": "folk",
    "metal": "rock", "punk": "rock", "heavy metal": "rock", "hard rock": "rock", "indie rock": "rock",
    "rock and roll": "rock", "rock n roll": "rock", "grunge": "rock",
    "boogie": "blues", "twelve bar blues": "blues", "12 bar blues": "blues", "bluesy": "blues",
    "drone": "ambient", "new age": "ambient", "meditation music": "ambient", "soundscape": "ambient",
    "chart": "pop", "synthpop": "pop", "boy band": "pop", "poppy": "pop",
}  # fmt: skip
"""Phrase to the name of a style; a style's own name, title and aliases count too, and first."""

LOOSE_GENRES = (("dance",), ("jazzy",), ("poppy",), ("bluesy",), ("filmic",), ("symphonic",), ("orchestral",))
"""Words that name a genre only where no other is named before them ("a folk dance")."""

PIECES = ("piece", "pieces", "etude", "étude", "prelude", "nocturne", "impromptu", "bagatelle", "study", "concerto")
"""After an instrument: it plays alone."""

PACES: dict[str, float] = {
    "very slow": 0.0, "extremely slow": 0.0, "slow": 0.15, "slowly": 0.15, "slowish": 0.3, "ballad": 0.15,
    "lullaby": 0.1, "medium": 0.5, "medium tempo": 0.5, "mid tempo": 0.5, "midtempo": 0.5, "moderate": 0.5,
    "moderate tempo": 0.5, "medium slow": 0.35, "medium fast": 0.65, "medium up": 0.65, "walking pace": 0.4,
    "upbeat": 0.7, "up beat": 0.7, "up tempo": 0.85, "uptempo": 0.85, "fast": 0.85, "quick": 0.8, "rapid": 0.9,
    "brisk": 0.7, "speedy": 0.9, "very fast": 1.0, "extremely fast": 1.0, "slow tempo": 0.15, "fast tempo": 0.85,
    "downtempo": 0.2, "down tempo": 0.2, "fast paced": 0.85, "slow paced": 0.15,
}  # fmt: skip

ITALIAN_TEMPI: dict[str, int] = {
    "grave": 40, "largo": 50, "lento": 52, "larghetto": 63, "adagio": 70, "andante": 84, "andantino": 92,
    "moderato": 108, "allegretto": 116, "allegro": 132, "vivace": 160, "presto": 184, "prestissimo": 208,
}  # fmt: skip
"""Beats a minute, about the middle of what metronomes print beside the word."""

ENERGIES: dict[str, float] = {
    "calm": 0.2, "quiet": 0.2, "peaceful": 0.2, "gentle": 0.25, "soft": 0.25, "mellow": 0.3, "relaxed": 0.3,
    "relaxing": 0.25, "chill": 0.3, "chilled": 0.3, "sleepy": 0.15, "minimal": 0.25, "sparse": 0.25, "intimate": 0.25,
    "low energy": 0.2, "medium energy": 0.5, "high energy": 0.9, "energetic": 0.85, "driving": 0.8, "powerful": 0.85,
    "intense": 0.85, "aggressive": 0.9, "explosive": 0.95, "upbeat": 0.65, "lively": 0.7, "loud": 0.85,
    "hard hitting": 0.9, "full on": 0.9, "anthem": 0.8, "anthemic": 0.8, "party": 0.8, "banger": 0.9, "bold": 0.75,
}  # fmt: skip

MOODS: dict[str, str] = {
    "relaxing": "relaxed", "soothing": "calm", "minor sounding": "sad", "scary": "dark", "horror": "dark",
    "spooky": "mysterious",
    "love": "romantic", "lullaby": "calm", "anthem": "triumphant", "anthemic": "triumphant", "lonely": "melancholic",
    "moody": "melancholic", "fun": "playful", "cool": "relaxed", "summer": "bright", "summery": "bright",
    "melancholia": "melancholic", "rainy": "melancholic", "spring": "hopeful", "winter": "cold", "wintry": "cold",
}  # fmt: skip
"""Beside the words of composer/moods.py."""

METERS: dict[str, str] = {
    "waltz": "3/4", "waltz time": "3/4", "three four": "3/4", "three quarter": "3/4", "triple time": "3/4",
    "four four": "4/4", "common time": "4/4", "six eight": "6/8", "twelve eight": "12/8", "nine eight": "9/8",
    "two four": "2/4", "cut time": "2/2", "two two": "2/2", "five four": "5/4", "five eight": "5/8",
    "seven eight": "7/8", "seven four": "7/4", "six four": "6/4", "jig": "6/8", "slip jig": "9/8",
    "reel": "2/2", "hornpipe": "2/2", "polka": "2/4",
    "in three": "3/4", "in four": "4/4", "in five": "5/4", "in six": "6/8", "in seven": "7/8",
}  # fmt: skip

LENGTHS_S: dict[str, float] = {
    "very short": 30.0, "short": 60.0, "brief": 45.0, "long": 240.0, "very long": 360.0, "jingle": 15.0,
    "half a minute": 30.0, "half minute": 30.0, "a minute and a half": 90.0, "minute and a half": 90.0,
    "an hour": 3600.0, "half an hour": 1800.0, "half hour": 1800.0, "quarter of an hour": 900.0,
}  # fmt: skip
"""Seconds."""

SECTIONS: dict[str, str] = {
    "intro": "intro", "introduction": "intro", "verse": "verse", "verses": "verse", "chorus": "chorus",
    "choruses": "chorus", "refrain": "chorus", "bridge": "bridge", "middle eight": "bridge", "prechorus": "prechorus",
    "pre chorus": "prechorus", "solo": "solo", "solos": "solo", "outro": "outro", "coda": "outro", "hook": "hook",
    "drop": "drop", "build": "build", "buildup": "build", "build up": "build", "breakdown": "breakdown",
    "break": "break", "interlude": "interlude", "head": "head", "theme": "theme",
}  # fmt: skip

NAMED_FORMS: dict[str, str] = {
    "theme and variations": "variation", "theme with variations": "variation", "variations": "variation",
    "sonata form": "sonata", "sonata": "sonata", "rondo": "rondo", "minuet": "minuet", "ternary": "ternary",
    "twelve bar blues": "blues", "12 bar blues": "blues", "twelve bar": "blues", "12 bar": "blues",
}  # fmt: skip
"""Phrase to a word that the name of a style's form holds."""

FORM_OF: dict[str, tuple[str, ...]] = {
    "bridge": ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro"),
    "solo": ("intro", "verse", "chorus", "verse", "chorus", "solo", "chorus", "outro"),
    "verse chorus": ("intro", "verse", "chorus", "verse", "chorus", "chorus", "outro"),
}
"""What stands for a form that is only hinted at, where the style has none that fits."""

ENSEMBLES: dict[str, tuple[str, ...]] = {
    "string quartet": ("violin", "violin", "viola", "cello"),
    "string trio": ("violin", "viola", "cello"),
    "piano trio": ("piano", "violin", "cello"),
    "jazz trio": ("piano", "double bass", "jazz kit"),
    "jazz quartet": ("alto sax", "piano", "double bass", "jazz kit"),
    "jazz quintet": ("trumpet", "tenor sax", "piano", "double bass", "jazz kit"),
    "cappella": ("voice", "choir"),
    "capella": ("voice", "choir"),
    "organ trio": ("organ", "jazz guitar", "jazz kit"),
    "guitar trio": ("electric guitar", "bass guitar", "drums"),
    "power trio": ("distortion guitar", "bass guitar", "power kit"),
    "wind trio": ("flute", "clarinet", "bassoon"),
    "wind quartet": ("flute", "oboe", "clarinet", "bassoon"),
    "saxophone quartet": ("soprano sax", "alto sax", "tenor sax", "baritone sax"),
    "brass trio": ("trumpet", "french horn", "trombone"),
    "brass quintet": ("trumpet", "trumpet", "french horn", "trombone", "tuba"),
}
ENSEMBLE_GENRES: dict[str, str] = {
    "string quartet": "classical", "string trio": "classical", "piano trio": "classical", "jazz trio": "jazz",
    "jazz quartet": "jazz", "jazz quintet": "jazz",
    "organ trio": "jazz", "power trio": "rock", "wind trio": "classical", "wind quartet": "classical",
    "brass quintet": "classical", "brass trio": "classical",
}  # fmt: skip

NUMBERS: dict[str, int] = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}

UNITS_S: dict[str, float] = {
    "second": 1.0, "seconds": 1.0, "sec": 1.0, "secs": 1.0, "s": 1.0, "minute": 60.0, "minutes": 60.0, "min": 60.0,
    "mins": 60.0, "m": 60.0, "hour": 3600.0, "hours": 3600.0, "hr": 3600.0, "h": 3600.0,
}  # fmt: skip

NEGATORS = ("without", "no", "not", "minus", "sans", "except", "excluding", "omit", "never", "dont", "skip", "lacking")
DETERMINERS = (
    "a",
    "an",
    "the",
    "any",
    "some",
    "use",
    "using",
    "too",
    "so",
    "very",
    "much",
    "its",
    "my",
    "have",
    "want",
)
ONLY = ("for", "only", "just", "solo", "unaccompanied", "purely")
"""Before instruments: these, and no others."""

STOPWORDS = frozenset(
    """
    a about above after again ahead all along also although am an and any anything approximately around arranged as at
    bar bars be been bit but by called can compose composition could create do does down each else even every feel
    feeling featuring few flavor flavour for form from full generate get give go good got great groove had has have i if
    including instrument instrumental instruments into is it its just kind kinda lasting last lasts let lets like long
    lots lovely made make makes making many maybe me melody mode more most much music my need nice number of on one only
    or our out over part parts people perhaps piece play played playing please plus quite rather real really roughly
    same set should simple so some somebody someone something somewhat song songs sort sound sounding sounds
    style styled stylish such tempo than that the their them then there they thing this time to too track tracks tune
    tunes type up use using version very vibe vibes vocal want wants was we well were what when where which while who
    will with would write written you your style's & + , key band beat beats in keys
    """.split()
)
