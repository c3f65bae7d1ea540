"""placeholder: the face of the library (see the contract below); being written.

class Archive:
    @classmethod
    def open(cls, folder: Path, ...) -> Archive
    def ask(self, question: str, *, history: Sequence[str] = (), k: int = 5) -> Reply
    def ask_traced(self, question: str, *, history: Sequence[str] = (), k: int = 5) -> tuple[Reply, Trace]
    def article(self, article_id: str) -> Article | None
    def articles(self) -> Iterator[ArticleInfo]      # id, title, source, author, published, passages
    def examples(self) -> tuple[str, ...]            # example questions stored with the library
    def size(self) -> tuple[int, int]                # articles, passages
    def close(self) -> None
"""
