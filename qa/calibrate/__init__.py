"""Choose the bar below which the archive abstains, so that a promised error rate is kept.

The files in reading order:

    control    the bar, by conformal risk control
    isotonic   raw confidence → the probability that is shown
    stored     `Calibration`: what a library remembers of it
    views      each question asked, as it is and with what answers it left out
    made       questions made out of the archive, for owners who have no test set
    fit        views → `Calibration`

Nothing is imported here, so that `quoth --help` stays quick.
"""
