"""Function words that carry no topic, dropped from questions before the keyword search."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        """
        a about after all also am an and any are as at be because been before being between
        both but by can could did do does doing done down during each else ever for from
        further get gets got had has have having he her here hers him his how i if in into
        is it its itself just let many may me might more most much must my no nor not of off
        on once only or other ought our ours out over own please s same shall she should so
        some such t tell than that the their theirs them then there these they this those
        through to too under until up upon us very was we were what when where whether which
        while who whom whose why will with would yes you your yours
        """
    ),
    "de": _words(
        """
        aber als am an auch auf aus bei bin bis da damit das dass dem den der des die dies
        diese dieser dieses doch du durch ein eine einem einen einer eines er es für gibt
        haben hat hatte ich ihr im in ist ja kann mein mit nach nicht noch nur ob oder sein
        sich sie sind so um und uns unter viel viele vom von vor wann war waren warum was
        welche welcher welches wenn wer werden wie wieviel wir wird wo wurde zu zum zur über
        """
    ),
    "fr": _words(
        """
        ai au aux avec ce ces cette combien comment dans de des du elle elles en est et eu
        il ils je la le les leur lui ma mais mes mon ne nos notre nous on ou où par pas pour
        pourquoi qu quand que quel quelle quelles quels qui sa sans se ses son sont sur ta
        te tu un une vos votre vous y à être
        """
    ),
    "es": _words(
        """
        a al como con cuál cuáles cuándo cuántas cuánto cuántos cómo de del dónde el ella
        ellos en es esa ese esta este ha hay la las le les lo los me mi muy más no nos o
        para pero por porque quién quiénes qué se ser si sin sobre son su sus te tu un una y
        ya
        """
    ),
}
