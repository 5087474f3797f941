"""What counts as boilerplate on Dutch web pages: patterns only, applied by `ingest.boilerplate`.

A pattern has to match a whole line, after NFKC, with single spaces and without a closing mark. Every line here was
seen on pages of the field; what might also be content is left out on purpose.
"""

from __future__ import annotations

_MEDIA = (
    r"(?:facebook|twitter|x|linkedin|whatsapp|instagram|youtube|e-?mail|mail|print|pinterest|bluesky"
    r"|mastodon|rss)"
)
_COUNT = r"(?:\d+|[eé][eé]n|geen|twee|drie|vier|vijf|zes|zeven|acht|negen|tien)"

COMMENT_HEADING = (
    rf"{_COUNT} (?:reacties?|comments?|gedachten?)(?: (?:op|bij|to|on|over) .+)?|(?:reacties|comments) ?\(?\d+\)?"
)
COMMENT_FORM = (
    r"(?:geef|plaats|schrijf|laat) (?:hier )?(?:een |je |uw )?(?:reactie"
    r"|antwoord)(?: achter)?(?: op .*)?|reactie (?:plaatsen|annuleren)"
    r"|antwoord annuleren|leave a (?:reply|comment)"
)

# (reason, pattern)
LINES: tuple[tuple[str, str], ...] = (
    (
        "skip link",
        r"(?:spring|ga|direct|skip|meteen)(?: direct)?(?: naar| to)(?: de| het"
        r"| the)?(?: main)? ?[\w -]{3,30}",
    ),
    ("breadcrumb", r"(?:u|je) bent hier\b.{0,150}|home ?(?:[>»›/|][^>»›/|]{2,80})+"),
    (
        "navigation",
        r"(?:hoofd)?menu|sluiten|(?:sluit|open) menu|zoek(?:en)?|search|inloggen|uitloggen|mijn account"
        r"|terug(?: naar .{3,40})?"
        r"|naar boven|(?:vorige|volgende)(?: (?:bericht|artikel|pagina))?|lees voor|voorlezen|afdrukken"
        r"|print(?: deze pagina)?"
        r"|toon meer|(?:laad|meer) laden|(?:lees|toon) (?:meer|verder|minder)|meer lezen|bekijk alles?"
        r"|bekijk alle [\w ]{3,40}|alle (?:nieuws)?berichten"
        r"|leestijd:? \d+ min(?:uten|uut)?",
    ),
    (
        "share",
        rf"de(?:el|len)(?: (?:via|op|dit|deze|met)\b.{{0,80}})?|{_MEDIA}(?:[ ,|/·•]+{_MEDIA})*"
        rf"|volg ons(?: (?:op|via)\b.{{0,60}})?|share(?: this)?|tweet",
    ),
    (
        "newsletter",
        r"blijf (?:op de hoogte|geïnformeerd)(?: van .{0,60})?|(?:aanmelden|inschrijven|schrijf je in"
        r"|meld (?:je|u) aan) ?(?:voor )?(?:de |onze )?(?:\w+ ?)?nieuwsbrief.{0,40}"
        r"|(?:ontvang|abonneer)\b.{0,80}\b(?:nieuws|nieuwsbrief|updates)\b.{0,60}"
        r"|nieuwsbrief(?: ontvangen)?|inschrijven nieuwsbrief",
    ),
    (
        "cookie",
        r"(?:deze|onze|wij|we|door|om|this)\b.{0,250}\bcookies\b.{0,250}|(?:alles? "
        r"|alle )?(?:cookies )?(?:accepteren|weigeren)|cookie-?(?:instellingen|voorkeuren|beleid)",
    ),
    ("comment heading", COMMENT_HEADING),
    ("comment form", COMMENT_FORM),
    (
        "comment form",
        r"(?:het|je|jouw|uw) (?:e-?mail)?(?:-?adres)? ?(?:wordt|zal) niet (?:gepubliceerd"
        r"|worden gepubliceerd).{0,80}|(?:vereiste|verplichte) velden zijn .{0,40}"
        r"|mijn naam, e-?mail en (?:web)?site .{0,120}"
        r"|(?:je|u) moet (?:inloggen|ingelogd zijn).{0,60}|deze site gebruikt akismet.{0,120}|(?:naam"
        r"|e-?mail(?:adres)?|website|site|reactie) ?\*",
    ),
    (
        "reply link",
        r"(?:be)?antwoord(?:en)?|beantwoorden|reageer|reageren|reply|(?:log|meld) .{0,20}om te reageren"
        r"|inloggen om te reageren",
    ),
    ("comment form help", r"(?:x?html|u kunt de volgende|you may use these)\b.{0,80}<\w+.*"),
    (
        "honeypot",
        r"(?:dit veld is bedoeld voor validatie\w*|this field is for validation purposes)\b.{0,80}"
        r"|laat dit veld leeg.{0,60}|leave this field empty.{0,60}",
    ),
    ("copyright", r"(?:©|copyright)(?: \d{4}.{0,80})?|.{0,40}alle rechten voorbehouden|all rights reserved"),
    ("teaser", r"(?:lees|bekijk|kijk) ook(?::| (?=(?-i:[A-Z‘“'])))\s?.{3,150}"),
)

# Headings of lists of other pages; what stands below them belongs to those pages.
TEASERS = (
    r"(?:actuele|laatste|recente|recent|andere?|meer|gerelateerde?|verwante|overige?|nieuwste|vergelijkbare)"
    r" (?:nieuws(?:berichten|items)?|berichten|artikelen|publicaties|pagina['’]?s|onderwerpen|blogs?"
    r"|posts|dossiers|items)"
    r"|gerelateerd|(?:bekijk|zie|lees) ook|ook interessant(?: voor (?:u|jou))?"
    r"|misschien (?:vind je dit )?ook interessant|aanbevolen(?: voor (?:jou|u))?"
    r"|dit vind je misschien ook interessant|anderen (?:lazen|bekeken) ook|verder lezen"
    r"|related (?:posts|articles)|you may also like"
)

# Headings that say nothing when no text of their own follows.
EMPTY = (
    r"reacties|nieuws|uit de praktijk|agenda|meer informatie(?: voor \w+)?|meer weten|downloads?|documenten"
    r"|bijlagen?|links|gerelateerd|contact|thema['’]?s"
    r"|onderwerpen|tags?|categorie(?:ën)?|colofon|privacy(?:verklaring|statement)?|disclaimer"
    r"|toegankelijkheid(?:sverklaring)?|sitemap|over ons|actueel"
    r"|in het kort|snel naar|direct naar|zie ook|praktijkvoorbeelden|publicaties|video['’]?s?|foto['’]?s"
)

# A sentence that only works as a link: "Alle workshops kan je hier bekijken."
DEAD_LINK = (
    r"(?:klik|kijk|lees|download|bekijk|vind|meld) (?:je |u )?(?:dan )?(?:hier|op deze link)\b.{0,80}"
    r"|.{3,90}\b(?:kan|kun|kunt|vind|vindt|lees|leest|bekijk|bekijkt|download)(?: (?:je|jij|u"
    r"|men))?(?: \w+){0,3} hier"
    r"(?: (?:te )?(?:bekijken|lezen|vinden|downloaden|aanmelden|inschrijven|terugkijken|teruglezen"
    r"|terugvinden|nalezen|bestellen|raadplegen|opvragen|inzien))?"
)
