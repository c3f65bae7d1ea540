"""Measure the answers of an archive on a test set, with error bars.

The files in reading order:

    testset   the nouns: `Question`, `Gold`, `TestSet`
    load      which reader fits a path: `read_own` (JSONL, CSV), `read_squad`, `read_beir`
    locate    where a quote or a paragraph stands in the stored text
    resolve   golds of a test set → places in the articles of a library
    check     what is wrong with a test set, before it is used
    squad_metrics, ranking, judge, stages, abstention   the measures, one definition each
    statistics   intervals and p-values
    report    the records of a result and their JSON
    summary   rows → means with intervals
    runner    ask every question, collect the rows: `evaluate`
    compare, require   two reports side by side; bars for a gate
    terminal, trec, html_report   what people and other programs read

Nothing is imported here, so that `quoth --help` stays quick.
"""
