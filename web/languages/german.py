"""The page's words in German."""

from __future__ import annotations

from types import MappingProxyType

from web.words import Words

MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
          "Oktober", "November", "Dezember")  # fmt: skip
LANGUAGES = MappingProxyType({
    "ar": "Arabisch", "de": "Deutsch", "el": "Griechisch", "en": "Englisch", "es": "Spanisch",
    "fr": "Französisch", "he": "Hebräisch", "hi": "Hindi", "it": "Italienisch",
    "ja": "Japanisch", "ko": "Koreanisch", "nl": "Niederländisch", "pl": "Polnisch",
    "pt": "Portugiesisch", "ru": "Russisch", "sv": "Schwedisch", "th": "Thailändisch",
    "zh": "Chinesisch",
})  # fmt: skip

GERMAN = Words(
    language="de",
    thousands=".",
    tagline="Antworten in den Worten der Artikel",
    articles=("{n} Artikel", "{n} Artikel"),
    articles_none="noch keine Artikel",
    months=MONTHS,
    date_day="{day}. {month} {year}",
    date_month="{month} {year}",
    welcome="Was möchten Sie wissen?",
    welcome_more=(
        "Fragen Sie in einfachen Worten. Jede Antwort ist ein Zitat: die Stelle, die antwortet, "
        "Wort für Wort, mit Verfasser, Datum und Ort im Artikel."
    ),
    empty="Das Archiv ist leer",
    empty_more="Nehmen Sie Artikel auf, dann fragen Sie. Im Terminal:",
    empty_command="quoth ingest ORDNER",
    box="Ihre Frage",
    box_hint="Fragen Sie die Artikel",
    ask="Fragen",
    new_chat="Neues Gespräch",
    theme="Zwischen Hell und Dunkel wechseln",
    hint="Enter fragt, Umschalt + Enter beginnt eine neue Zeile.",
    conversation="Gespräch",
    question_label="Ihre Frage",
    answer_label="Antwort",
    searching="Das Archiv wird durchsucht …",
    filter="Filter",
    filter_title="Wählen, welche Artikel durchsucht werden",
    filter_since="Von",
    filter_until="Bis",
    filter_date_hint="2023 oder 2023-01-17",
    filter_author="Verfasser",
    filter_source="Quelle",
    filter_language="Sprache",
    filter_clear="Filter aufheben: {scope}",
    filter_remove="Entfernen: {value}",
    filter_refused="Dieser Filter lässt sich nicht anwenden.",
    counted="{value} ({n})",
    scope="Nur durchsucht: {scope}",
    scope_since="ab {date}",
    scope_until="bis {date}",
    scope_between="{since} bis {until}",
    scope_author="von {names}",
    scope_or=" oder ",
    scope_and=" · ",
    filtered_out="Zu diesen Filtern passt kein Artikel: {scope}.",
    filtered_unknown="{value}: in keinem Artikel.",
    filtered_held="{value}: in keinem Artikel. Es gibt: {held}.",
    filtered_tip=(
        "Heben Sie die Filter unter dem Fragefeld auf oder ändern Sie sie, und fragen Sie neu."
    ),
    filtered_silent="Heben Sie die Filter unter dem Fragefeld auf, um alle Artikel zu durchsuchen.",
    languages=LANGUAGES,
    understood="Verstanden als:",
    lead="{passages} ({articles}), Wort für Wort",
    passages=("{n} Stelle", "{n} Stellen"),
    more=("{n} weitere Stelle", "{n} weitere Stellen"),
    read="Im Zusammenhang lesen",
    original="Original",
    original_page="Original, Seite {n}",
    original_title="Öffnet {host} in einem neuen Tab",
    page="Seite {n}",
    copy="Zitat kopieren",
    copied="Kopiert",
    copy_failed="Kopieren ging nicht: Markieren Sie den Text und kopieren Sie ihn von Hand.",
    also_in="Auch in",
    evidence="Beleg",
    evidence_title="Das Zitat mit Fundstelle, Quelle und Prüfsumme, zum Aufheben",
    evidence_page="Diese Seite speichern",
    evidence_json="Als JSON speichern",
    evidence_check="Später Wort für Wort prüfen:",
    evidence_command="quoth check-proof DATEI",
    evidence_changed="Der Artikel hat sich geändert, seit er zitiert wurde",
    evidence_changed_more="Für Worte seines früheren Textes gibt es keinen Beleg. Fragen Sie neu.",
    evidence_none="Die Adresse nennt kein Zitat",
    evidence_none_more="Sie ist nicht vollständig. Öffnen Sie den Beleg aus einer Antwort.",
    differs="teils mit anderen Worten",
    agree="{articles} sagen dasselbe:",
    agree_reprints="{articles} sagen dasselbe, davon {reprints}:",
    reprints=("{n} Nachdruck", "{n} Nachdrucke"),
    differ="Die Artikel geben verschiedene Antworten:",
    newest="Neueste",
    cut="Hier gekürzt; die ganze Stelle steht im Artikel.",
    match=("Schwacher Treffer", "Guter Treffer", "Starker Treffer"),
    match_title="Wie sicher diese Stelle die Frage beantwortet: {percent} von 100",
    silent="Das Archiv sagt es nicht.",
    silent_no_match="Keine Stelle spricht von dem, wonach Sie gefragt haben.",
    silent_below_bar=(
        "Einige Stellen kommen nahe, aber keine antwortet sicher genug, um als Antwort zu gelten."
    ),
    tips=(
        "Nennen Sie die Person, den Ort oder die Sache, um die es geht.",
        "Fragen Sie eines nach dem anderen.",
        "Versuchen Sie es mit den Worten, die ein Artikel wählen würde.",
    ),
    nearest=("Die nächste Stelle", "Die {n} nächsten Stellen"),
    nearest_more="Sie kommen am nächsten, beantworten die Frage aber vielleicht nicht.",
    refused="Diese Frage lässt sich nicht stellen.",
    question_empty="Geben Sie zuerst eine Frage ein, dann drücken Sie Enter.",
    question_long=(
        "Die Frage hat {n} Zeichen; höchstens {limit} sind erlaubt. Fragen Sie in ein, zwei Sätzen."
    ),
    trouble="Bei uns ist etwas schiefgegangen.",
    trouble_more="Die Frage wurde nicht beantwortet. Bitte stellen Sie sie gleich noch einmal.",
    trouble_again=(
        "Bitte versuchen Sie es gleich noch einmal; im Protokoll des Servers steht, was war."
    ),
    no_entry="Dafür müssen Sie erst eingelassen werden",
    no_entry_more=(
        "Dieses Archiv antwortet Menschen, die sich angemeldet haben, und Programmen, die ein "
        "Token zeigen. Öffnen Sie es unter der Adresse, die man Ihnen gegeben hat, oder fragen "
        "Sie, wer es betreibt."
    ),
    wrong_name="Unter diesem Namen antwortet das Archiv nicht",
    wrong_name_more=(
        "Es antwortet nur auf seinem eigenen Rechner. Wer es hinter einem Proxy betreibt, muss "
        "diesen nennen: quoth serve --proxy ADRESSE"
    ),
    wrong_site="Eine andere Website darf nicht in Ihrem Namen fragen",
    wrong_site_more=(
        "Wer das Archiv betreibt, kann es ihr erlauben: quoth serve --embed-origins HERKUNFT"
    ),
    too_many="Zu viele Fragen auf einmal",
    too_many_more="Bitte warten Sie {n} Sekunden, dann fragen Sie noch einmal.",
    busy="Das Archiv ist beschäftigt",
    busy_more=(
        "Gerade werden viele Fragen beantwortet. Fragen Sie in einigen Sekunden noch einmal."
    ),
    no_page="Unter dieser Adresse ist nichts",
    no_page_more="Vielleicht ist unterwegs ein Stück von ihr verloren gegangen.",
    too_large="Die Anfrage ist zu groß",
    too_large_more="Sie hat mehr als {n} Bytes, und mehr dürfen es nicht sein.",
    too_many_headers="Sie hat mehr als {n} Kopfzeilen.",
    no_method="Das geht hier nicht",
    no_method_more="Gelesen werden Anfragen mit GET, HEAD, POST und OPTIONS.",
    vote_up="Das beantwortet es",
    vote_down="Das beantwortet es nicht",
    vote_noted="Notiert. Danke.",
    vote_withdrawn="Zurückgenommen.",
    vote_failed="Das konnte nicht gespeichert werden. Bitte versuchen Sie es später noch einmal.",
    vote_reason="Warum? (Wenn Sie mögen)",
    vote_send="Senden",
    vote_pick="Die richtigen Worte zeigen",
    vote_pick_how="Markieren Sie die Worte, die antworten, hier oder in einem anderen Artikel.",
    vote_use="Diese Worte nehmen",
    vote_none="Markieren Sie zuerst Worte des Artikels, höchstens {n} Zeichen.",
    panel="Der ganze Artikel",
    close="Schließen",
    new_tab="In neuem Tab öffnen",
    missing="Dieser Artikel ist nicht mehr im Archiv",
    missing_more="Er wurde entfernt, oder die Adresse ist nicht vollständig.",
    changed="Der Artikel hat sich geändert, seit er zitiert wurde; die Worte sind nicht markiert.",
    back="Das Archiv fragen",
)
