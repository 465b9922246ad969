"""Which artists and titles of the chart corpora count as soul, country, rock or blues; everything else is pop.

A listener's filing, not an annotation of the corpora.
"""

SOUL = frozenset(
    """Al Green|Anita Baker|Aretha Franklin|Arthur Conley|Barry White|Ben E. King|Bertha Tillman|Bill Withers|
Billy Preston|Bobby Womack|Boyz II Men|Candi Staton|Carl Carlton|Chico DeBarge|Clarence Carter|Commodores|
Cornelius Brothers & Sister Rose|Debarge|Double Exposure|Earth Wind and Fire|Earth, Wind & Fire|Eddie Holland|
Etta James|Evelyn "Champagne" King|Fontella Bass|Four Tops|Freddie Jackson|George Benson|Gladys Knight & The Pips|
Gladys Night & The Pips|Gloria Gaynor|Hi-Five|Ike & Tina Turner|Irma Thomas|Isaac Hayes|Jackie Wilson|James Brown|
Jermaine Jackson|Jimmy Ruffin|Kool and the Gang|LaVern Baker|Marvin Gaye|Marvin Gaye & Kim Weston|
Marvin Gaye & Tammy Terrell|Michael Jackson|Minnie Riperton|Natalie Cole|Nathalie Cole|Otis Redding|
Peaches and Herb|Pointer Sisters|Ray Charles|Ray Parker Jr|Rick James|Roberta Flack|
Roberta Flack and Donny Hathaway|Shirley Brown|Sly And The Family Stone|Smokey Robinson|Solomon Burke|
Stevie Wonder|Switch|Teddy Pendergrass|Tevin Campbell|The Commodores|The Contours|The Dramatics|The Drifters|
The Falcons|The Isley Brothers|The Jacksons|The Meters|The Miracles|The Moments|The Neville Brothers|The O'Jays|
The Pointer Sisters|The Ritchie Family|The Shirelles|The Staple Singers|The Supremes|The Temptations|
The Trammps|The Weather Girls|Thelma Houston|Tina Turner|Tracie Spencer|Willie Mitchell|Wilson Pickett|
David Ruffin, Jimmy Ruffin|The Boys|Bonnie Pointer|The 5th Dimension""".replace("\n", "").split("|")
)

COUNTRY = frozenset(
    """Alabama|Anne Murray|B.J. Thomas|Billy Swan|Bobbie Gentry|Bobby Bare|Brenda Lee|Buck Owens|Charlie Rich|
Dolly Parton|Donna Fargo|Dottie West|Dr. Hook|Eddie Rabbitt|Flatt & Scruggs|Floyd Cramer|Freddy Fender|
Glen Campbell|Hank Snow|Jerry Reed|Jimmy Buffett|John Denver|Johnny Cash|Johnny Horton|Johnny Lee|
Johnny Tillotson|Juice Newton|Kenny Rogers|Kris Kristofferson|Marie Osmond|Marty Robbins|Nitty Gritty Dirt Band|
Oak Ridge Boys|Pure Prairie League|Ray Price|Roger Miller|Ronnie Milsap|Roy Drusky|Sea of Heartbreak|
Blue Eyes Cryin'|Tanya Tucker|Tom D Hall|Tom T. Hall|Waylon Jennings|The Everly Brothers""".replace("\n", "").split("|")
)

ROCK = frozenset(
    """Aerosmith|Alice Cooper|Bachman-Turner Overdrive|Bad Company|Badfinger|Billy Idol|Billy Squier|Blue Cheer|
Bob Dylan|Bob Seger|Bob Seger & The Silver Bullet Band|Boston|Brownsville station|Bruce Springsteen|Canned Heat|
Cheap Trick|Chuck Berry|Cream|Creedence Clearwater Revival|David Bowie|Eagles|Edgar Winter|Electric Prunes|
Emerson, Lake & Palmer|Eric Clapton|Firehouse|Five Man Electrical Band|Foghat|Genesis|George Harrison|
Grand Funk Railroad|Greg Kihn|Greg Kihn Band|Heart|Huey Lewis & The News|INXS|Iron Butterfly|J. Geils Band|
Jackson Browne|Janis Joplin|Jeff Beck|Jefferson Starship|Jesus Jones|Jethro Tull|Joe Cocker|Judas Priest|Kiss|
Led Zeppelin|Los Lobos|Meat Loaf|Meatloaf|Metallica|Pat Benatar|Pat Benetar|Peter Gabriel|Pink Floyd|Poison|
Queensryche|Quarterflash|REO Speedwagon|Rick Derringer|Rick Springfield|Robert Palmer|Rod Stewart|Rolling Stones|
Rush|Sammy Hagar|Santana|Steppenwolf|Steve Miller Band|Stray Cats|Talking Heads|Ten Years After|
The Allman Brothers|The Amboy Dukes|The Babys|The Beatles|The Beatles'|Beatles|The Byrds|The Cure|
The Doobie Brothers|The Doors|The Eagles|The Greatful Dead|The Hollies|The Kinks|The Music Machine|The Police|
Police|The Power Station|The Rascals|The Robert Cray Band|The Rolling Stones|The Who|The Yardbirds|The Youngbloods|
Todd Rundgren|U2|Van Halen|Whitesnake|ZZ Top|Bo Diddley|Psychedelic Furs|Twilight Zone|Elvis Presley""".replace(
        "\n", ""
    ).split("|")
)

BLUES = frozenset(
    ["B.B. King", "Jimmy Reed", "Brother Jack McDuff", "Jimmy Smith", "Dinah Washington", "The Robert Cray Band",
     "Canned Heat", "Ray Charles", "Bo Diddley", "Chuck Berry", "Fats Domino", "LaVern Baker"]
)  # fmt: skip

SOUL_TITLES = frozenset(
    ["(Sittin' On) The Dock of the Bay", "A Change Is Gonna Come", "Billie Jean", "Dancing In The Street",
     "Everyday People", "Family Affair", "I Believe I Can Fly", "I Can't Make You Love Me",
     "I Got You (I Feel Good)", "I Heard It Through the Grapevine", "I Only Have Eyes For You", "I Want You Back",
     "I've Been Loving You", "In the Midnight Hour", "It's a Man's, Man's, Man's World", "Let's Get It On",
     "Let's Stay Together", "Living For The City", "Love and Happiness", "My Girl", "Nothing Compares 2 U",
     "Papa Was a Rollin' Stone", "Papa's Got a Brand New Bag", "People Get Ready", "Please, Please, Please",
     "Shout", "Stand By Me", "Take Me To The River", "Tracks Of My Tears", "Up On The Roof", "Walk On By",
     "What'd I Say", "What's Going On", "When Doves Cry", "When a Man Loves a Woman", "You Send Me",
     "Will You Love Me Tomorrow", "Georgia On My Mind", "Hot Stuff", "Be My Baby", "Da Doo Ron Ron",
     "In the Still of the Nite", "Earth Angel"]
)  # fmt: skip

COUNTRY_TITLES = frozenset(
    ["All I Have To Do Is Dream", "Cathy's Clown", "Folsom Prison Blues", "I Can't Stop Loving You",
     "I Walk The Line", "I'm So Lonesome", "Me and Bobby McGee", "Ring of Fire", "The Weight", "Crying",
     "Mystery Train", "That's All Right", "Rave On"]
)  # fmt: skip

BLUES_TITLES = frozenset(
    ["Blue Suede Shoes", "Blueberry Hill", "Good Golly Miss Molly", "Great Balls of Fire", "Hound Dog",
     "Jailhouse Rock", "Johnny B. Goode", "Long Tall Sally", "Maybellene", "Mystery Train", "Rock Around the Clock",
     "Rock and Roll Music", "Roll Over Beethoven", "Shake, Rattle, and Roll", "That's All Right",
     "Whole Lotta Shakin' Goin' On", "Who Do You Love", "Bo Diddley", "I Got You (I Feel Good)",
     "Papa's Got a Brand New Bag", "What'd I Say", "Be-Bop-A-Lula", "Folsom Prison Blues", "Whole Lotta Love"]
)  # fmt: skip


def genres_of(artist: str, title: str) -> tuple[str, ...]:
    """The genres a song counts for, alphabetical: some of blues, country, pop, rock, soul."""
    found = {
        "blues": artist in BLUES or title in BLUES_TITLES,
        "country": artist in COUNTRY or title in COUNTRY_TITLES,
        "rock": artist in ROCK,
        "soul": artist in SOUL or title in SOUL_TITLES,
    }
    return tuple(name for name, is_it in found.items() if is_it) or ("pop",)
