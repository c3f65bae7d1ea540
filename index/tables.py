"""The tables of `library.sqlite`. How it is made and opened is `index.schema`.

Numbers are AUTOINCREMENT, so that an index that lags behind can never point at another row's text.
"""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    root TEXT NOT NULL, address TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL, problems TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, file TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL,
    author TEXT, published TEXT, language TEXT,
    sections TEXT NOT NULL, pages TEXT NOT NULL, fingerprint TEXT NOT NULL,
    captured TEXT, hash BLOB NOT NULL
);
CREATE INDEX articles_by_file ON articles (file);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    vector BLOB NOT NULL, sentences BLOB NOT NULL, sentence_vectors BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article);
"""

COPIES_TABLES = """
CREATE TABLE signatures (
    article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
    minhash BLOB NOT NULL, crowded INTEGER NOT NULL
);
CREATE TABLE bands (
    key INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    PRIMARY KEY (key, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article);
CREATE TABLE copies (
    article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    similarity REAL NOT NULL,
    PRIMARY KEY (article, other)
) WITHOUT ROWID;
CREATE INDEX copies_by_other ON copies (other);
"""
"""What `index.copies` keeps of near-duplicates; all of it can be had again from the texts."""
