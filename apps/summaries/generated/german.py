"""The words of German that the guard knows; `vocabulary` says what each list is for."""

from __future__ import annotations

from apps.summaries.generated.vocabulary import SIZES, Language, named, numbered, words

GERMAN = Language(
    name="German",
    thousands=".",
    decimal=",",
    units={
        **named(second="s sek sekunde sekunden", minute="min minute minuten", hour="h std stunde stunden"),
        **named(day="tag tage tagen", week="woche wochen", month="monat monate monaten", percent="% prozent"),
        **SIZES,
    },
    counted=named(
        row="zeile zeilen datensatz datensätze datensätzen",
        check="prüfung prüfungen",
        incident="vorfall vorfälle vorfällen",
        table="tabelle tabellen",
        column="spalte spalten",
        rule="regel regeln",
        alert="alarm alarme alarmen",
        key="schlüssel",
        difference="unterschied unterschiede unterschieden",
        time="mal",
        change="änderung änderungen",
        message="nachricht nachrichten meldung meldungen",
        connection="verbindung verbindungen",
        value="wert werte werten",
        channel="kanal kanäle kanälen",
        step="schritt schritte schritten",
        trouble="störung störungen problem probleme problemen",
        team="team teams",
        person="person personen",
    ),
    numbers={
        **numbered(
            "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
            "fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig"
        ),
        **numbered("dreißig vierzig fünfzig sechzig siebzig achtzig neunzig", first=30, step=10),
    },
    scales={"hundert": 100, "tausend": 10**3, "million": 10**6, "millionen": 10**6, "milliarden": 10**9},
    means={
        "niemand": "nobody",
        "nichts": "nothing",
        "keine": "none",
        "keinen": "none",
        "keiner": "none",
        "alle": "all",
        "allen": "all",
        "alles": "all",
        "jede": "every",
        "jeder": "every",
        "jedes": "every",
        "immer": "always",
        "nie": "never",
        "beide": "both",
        "beiden": "both",
        "halb": "half",
        "hälfte": "half",
        "meisten": "most",
    },
    months={
        **numbered("januar februar märz april mai juni juli august september oktober november dezember", first=1),
        **numbered("jan feb mär apr mai jun jul aug sep okt nov dez", first=1),
        "sept": 9,
        "dec": 12,
        "oct": 10,
        "may": 5,
        "mar": 3,
    },
    weekdays=numbered("montag dienstag mittwoch donnerstag freitag samstag sonntag"),
    quantities=words(
        "halb halbe halben hälfte drittel viertel fünftel zehntel zweimal dreimal doppelt verdoppelt dreifach "
        "dutzend dutzende hunderte tausende millionen wenige einige mehrere viele meisten mehrheit paar keine "
        "keiner keinen nichts niemand alle allen alles jede jeder jedes immer nie gesamte völlig komplett "
        "beide beiden hundert tausend"
    ),
    relative_days=words(
        "gestern heute morgen vorgestern übermorgen mittag mitternacht abend nachmittag vormittag nacht"
    ),
    starters=words(
        "der die das ein eine einer einem einen es sie er dies diese dieser dieses dort hier seit um am im in "
        "an auf für während nach vor als wenn da von bis mit ohne nur auch kein keine noch zwei zwischen "
        "innerhalb bisher derzeit jedoch insgesamt stattdessen wieder jetzt immer obwohl dabei damit zudem "
        "außerdem erwartet erlaubt laut zuletzt niemand nichts beide alle daten zum zur bei ihre ihr sein "
        "seine dadurch davon darunter"
    ),
    ordinary=words(
        "abweichung abweichungen alarm alarme anfang anzahl art aufnahme ausfall bedingung beginn daten "
        "datenbank datensatz datensätze datum dauer eintrag einträge ende ergebnis erwartung fehler frist "
        "gegensatz gemeldet grenze grenzen grenzwert grund hinweis höhe information informationen kanal lage "
        "laden ladung ladevorgang meldung meldungen menge minute minuten mitglied monat nachricht nachrichten "
        "obergrenze prozent prüfung prüfungen quelle regel regeln schema schweregrad schwelle sekunde "
        "sekunden spalte spalten spaltentyp stand status störung störungen stunde stunden system tabelle "
        "tabellen tag tage tagen team teams teil toleranz typ uhr uhrzeit umfang unterbrechung unterschied "
        "unterschiede untergrenze ursache verbindung verbindungen vergleich verzögerung vorfall vorfälle "
        "vorfällen warnung wert werte werten woche wochen zahl zeile zeilen zeit zeitpunkt zeitraum zustand "
        "änderung änderungen problem probleme anlass übrigen aktualisierung schlüssel kopie"
        " wochentag wochentage zeilenzahl zeilenanzahl datenmenge datenlieferung lieferung mindestmenge mindestanzahl "
        "mindestzahl rückgang anstieg durchschnitt ereignis messung eingang gleiche übersicht zusammenfassung "
        "bestätigung"
    ),
    things=words("tabelle tabellen spalte spalten verbindung regel sicht schema datenbank quelle"),
    beside_things=words(
        "der die das den dem des ein eine einer einem einen eines diese dieser diesem diesen dieses ihre "
        "ihrer jede jeder keine selbe selben andere anderen betroffene betroffenen überwachte überwachten und "
        "oder in im von zu mit für aus neue neuen wurde wird ist war sind waren hat hatte haben enthält "
        "erhielt zeigt kann konnte nicht noch seit als bis bei am um zuletzt wieder auch nur es sich sollte "
        "darf mehr weniger wurden werden liegt lag blieb bleibt meldet meldete schlägt schlug erlaubt "
        "erwartet geändert namens"
    ),
    common=words(
        "der die das ein eine ist war wurde wurden sind hat nicht und in im seit von mit für auf bei zu als "
        "es den dem nur weniger am um wurden erhielt"
    ),
    commands=words(
        "prüfe prüft starte führe öffne kontaktiere rufe lösche ignoriere korrigiere behebe beachte bitte warte klicke"
    ),
    told_to_act=words(
        "neustarten neustart neu-starten neugestartet ausführen klicken herunterladen installieren "
        "zurücksetzen bitte sollten solltest müssen müsst empfehle empfehlen empfohlen empfiehlt passwort "
        "kennwort ihnen umgehend dringend sofort du dein deine"
    ),
    causes=words(
        "weil wegen aufgrund verursacht verursachte verursachen ursache ursächlich folglich daher deshalb "
        "deswegen grund somit infolge dadurch"
    ),
    hedges=words("möglicherweise vielleicht eventuell könnte könnten womöglich"),
)
