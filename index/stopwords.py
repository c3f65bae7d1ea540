"""Function words that carry no topic, dropped from questions before the keyword search."""

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        """a about after all also am an and any are as at be because been before being between both
        but by can could did do does doing done down during each else ever for from further get gets
        got had has have having he her here hers him his how i if in into is it its itself just let
        many may me might more most much must my no nor not of off on once only or other ought our
        ours out over own please s same shall she should so some such t tell than that the their
        theirs them then there these they this those through to too under until up upon us very was
        we were what when where whether which while who whom whose why will with would yes you your
        yours""".split()
    ),
    "de": frozenset(
        """aber als am an auch auf aus bei bin bis da damit das dass dem den der des die dies diese
        dieser dieses doch du durch ein eine einem einen einer eines er es für gibt hat haben hatte
        ich ihr im in ist ja kann mein mit nach nicht noch nur oder ob sein sich sie sind so über um
        und uns unter viel viele vom von vor wann war waren warum was welche welcher welches wenn
        wer werden wie wieviel wird wir wo wurde zu zum zur""".split()
    ),
    "fr": frozenset(
        """à ai au aux avec ce ces cette combien comment dans de des du elle elles en est et être
        eu il ils je la le les leur lui ma mais mes mon ne nos notre nous on ou où par pas pour
        pourquoi qu quand que quel quelle quelles quels qui sa sans se ses son sont sur ta te tu un
        une vos votre vous y""".split()
    ),
    "es": frozenset(
        """a al como cómo con cuál cuáles cuándo cuánto cuántos cuántas de del dónde el ella ellos
        en es esa ese esta este ha hay la las le les lo los más me mi muy no nos o para pero por
        porque qué quién quiénes se ser si sin sobre son su sus te tu un una y ya""".split()
    ),
}
