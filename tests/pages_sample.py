"""An invented organisation and a few of its entries, one for each shape that pages must show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from feedsvc.model import Enclosure, Entry, Image, Person, Site, Withdrawal
from feedsvc.sections import Selection
from tests import factory

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OFFICE = Person("Press office", "press@example.org")


def make_site(**facts: Any) -> Site:
    defaults: dict[str, Any] = {
        "title": "Estuaries and Small Harbours Organisation",
        "subtitle": "News, speeches and publications from the press office",
        "base_url": "https://press.example.org/esho",
        "author": OFFICE,
        "rights": "© Estuaries and Small Harbours Organisation",
        "everything": factory.section(
            "all", title="All news", description="Everything that the press office publishes"
        ),
    }
    sections = (
        factory.section("news", description="Decisions, visits and notices, as they happen"),
        factory.section("speeches", description="What was said, as delivered"),
        factory.section(
            "actualites", title="Actualités", description="Décisions et visites", language="fr"
        ),
        factory.section("akhbar", title="الأخبار", description="قرارات وزيارات", language="ar"),
        factory.section("tenders", description=""),
    )
    return factory.site(*sections, **(defaults | facts))


def make_entry(name: str, **facts: Any) -> Entry:
    """An entry with a title and nothing else."""
    return factory.entry(name, **({"lead": None, "body": None} | facts))


RICH = make_entry(
    "shore-power",
    title="Forty small harbours agree a common standard for shore power",
    lead=(
        "Ships at berth will switch off their engines from 2028: the Council has adopted one plug,"
        " one voltage and one tariff for all members, after nine years of talks."
    ),
    published=datetime(2026, 10, 20, 12, 30, tzinfo=UTC),
    updated=datetime(2026, 10, 22, 7, 0, tzinfo=UTC),
    event_date=date(2026, 10, 19),
    authors=(Person("Press office", "press@example.org"), Person("Office of the Chief Engineer")),
    tags=("shore power", "air quality", "Council"),
    link="https://council.example.org/decisions/50-7",
    image=Image(
        url="/media/harbour.png",
        alt="Two ferries side by side at a quay in the evening light",
        width=1200,
        height=675,
    ),
    enclosures=(
        Enclosure(
            url="/media/statement.mp3",
            type="audio/mpeg",
            length=12_345_678,
            duration=1966,
            title="Statement of the Chief Engineer",
        ),
        Enclosure(url="/media/decision-50-7.pdf", type="application/pdf", length=482_113),
    ),
    body="""\
The Council met in Kestrel Sound and adopted [decision 50/7](/news/decision) by consensus. It binds
all forty members, **including those without a grid connection**, who may use batteries instead.

## What changes for ships

- Every berth longer than 60 metres has one socket of the common type.
- Power costs what it costs ashore; *no harbour may add a charge*.
- Ships that stay less than two hours are exempt:
    1. ferries on a timetable,
    2. pilot and rescue boats.

> Nobody on the quay should have to choose between the last boat home and clean air.
>
> We have chosen for them, and we have chosen both.

### The figures

| Harbour | Berths | Fitted by 2026 | Fitted by 2028 | Tonnes of soot saved in a year |
| --- | ---: | ---: | ---: | ---: |
| Kestrel Sound | 12 | 4 | 12 | 31.5 |
| Port Almera | 7 | 1 | 7 | 18.2 |
| Lower Sandholm | 3 | – | 3 | 2.9 |

![A grey cabinet with a coiled orange cable](/media/socket.png)

The text of the standard is at www.example.org/standards, questions go to press@example.org. In
ships’ systems the setting is `shore_power.auto = true`:

```
shore_power.auto = true
shore_power.voltage = 690
```

---

First readings of NO<sub>2</sub> follow in spring.
""",
)
UNTITLED = make_entry(
    "bridge-closed",
    title="The swing bridge at Lower Sandholm stays closed to…",
    title_derived=True,
    lead=(
        "The swing bridge at Lower Sandholm stays closed to road traffic until 18:00 today, because"
        " a family of swans has nested on the turning gear and declines to negotiate."
    ),
    published=datetime(2026, 10, 18, 6, 0, tzinfo=UTC),
)
PLAIN = make_entry(
    "soundings",
    title="New soundings for the outer channel: charts are free to download from today, and older"
    " ones should not be used for navigation",
    body="All charts of the outer channel were surveyed again. They can be had at every office.",
    published=datetime(2026, 9, 30, 22, 0, tzinfo=UTC),
)
SPEECH = make_entry(
    "opening",
    section="speeches",
    also=("news",),
    title="“A harbour is a promise to whoever is at sea”",
    lead="Opening statement of the Secretary-General to the Twelfth Assembly, as delivered.",
    published=datetime(2026, 6, 17, 8, 40, tzinfo=UTC),
    body="Distinguished delegates,\n\n> A harbour is a promise.\n\nLet us keep it.",
)
FRENCH = make_entry(
    "phares",
    section="speeches",
    language="fr",
    title="« Éteindre un phare, c’est parfois le protéger »",
    lead="Allocution de la Directrice du patrimoine maritime à la Journée des phares.",
    event_date=date(2026, 8, 19),
    published=datetime(2026, 8, 20, 14, 0, tzinfo=UTC),
    body="Mesdames, Messieurs,\n\nConserver ces tours coûte peu.",
    tags=("patrimoine",),
)
ARABIC = make_entry(
    "mina",
    section="akhbar",
    title="أربعون ميناءً صغيراً تتفق على معيار موحد للطاقة",
    lead="ستوقف السفن محركاتها عند الرصيف اعتباراً من عام 2028 بموجب قرار المجلس 50/7.",
    published=datetime(2026, 10, 20, 12, 30, tzinfo=UTC),
    body="اجتمع المجلس واعتمد القرار بتوافق الآراء.\n\n- منفذ واحد\n- جهد واحد\n- تعرفة واحدة",
    tags=("طاقة",),
)
WITHDRAWN = make_entry(
    "wrong-figures",
    title="Traffic figures for September",
    withdrawn=Withdrawal(datetime(2026, 10, 25, 9, 0, tzinfo=UTC), "The figures were wrong."),
)
ENTRIES = (RICH, UNTITLED, PLAIN, SPEECH, FRENCH, ARABIC, WITHDRAWN)


def sample(site: Site, more: int = 0) -> Selection:
    """What the site shows, with some more entries of no interest."""
    rest = (
        make_entry(
            f"notice-{number}",
            title=f"Notice to mariners {number} of 2025",
            lead="Buoys, lights and depths that have changed since the last notice.",
            published=datetime(2025, 12, 1, 9, 0, tzinfo=UTC) - timedelta(days=number),
        )
        for number in range(more)
    )
    return factory.select(site, (*ENTRIES, *rest), NOW)
