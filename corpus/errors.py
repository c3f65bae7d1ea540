"""Every error Quoth raises on purpose, and the exit code each gives the command line.

    QuothError                    something went wrong that a person can mend
    ├── SourceError               a file, folder or address cannot be read          exit 3
    ├── LibraryError              the library on disk cannot be used                exit 4
    │   ├── NotALibrary           the folder holds no library
    │   ├── LibraryBusy           another process is writing
    │   ├── LibraryMismatch       built with another encoder, chunker or schema
    │   ├── LibraryDamaged        the database fails its checks
    │   ├── LibraryMoved          its folder was moved or removed while it was open
    │   └── StorageError          the disk is full or fails                         exit 9
    ├── QuestionError             the question cannot be asked                      exit 5
    ├── FilterError               a filter cannot be used                           exit 2
    ├── EncoderError              the encoder cannot be loaded or gives nonsense    exit 6
    ├── ReaderError               the reader's model cannot be loaded               exit 15
    ├── TestSetError              a test set cannot be used                         exit 7
    ├── ServeError                the server cannot start                           exit 8
    ├── ServerBusy                too many questions at once                        (HTTP 503)
    ├── TokenError                an API token cannot be made, found or read        exit 18
    ├── FeedbackError             a vote cannot be kept, or the votes not be read   exit 17
    ├── ProofError                a reply or an evidence card cannot be read        exit 13
    └── BackupError               a backup cannot be made, or not be used           exit 14

A message is one line that says what is wrong, with what, and what to type next.
"""


class QuothError(Exception):
    """Base of all errors meant for people; `exit_code` is what the command line returns."""

    exit_code = 1


class SourceError(QuothError):
    """A source (file, folder) is missing, unreadable or holds no article."""

    exit_code = 3


class LibraryError(QuothError):
    """The library folder cannot be opened, read or written."""

    exit_code = 4


class NotALibrary(LibraryError):
    """The folder given as a library does not hold one."""


class LibraryBusy(LibraryError):
    """Another process holds the writer's lock."""


class LibraryMismatch(LibraryError):
    """The library was built with settings other than those asked for."""


class LibraryDamaged(LibraryError):
    """The database is corrupt; it is never replaced, only reported."""


class LibraryMoved(LibraryError):
    """The folder of an open library is no longer where it was, or another one stands there."""


class StorageError(LibraryError):
    """The disk is full or fails: what was committed is safe, what was under way never was."""

    exit_code = 9


class QuestionError(QuothError):
    """The question is empty, too long, or has no words."""

    exit_code = 5


class FilterError(QuothError):
    """A filter's value is no date, no language code, or nothing at all: wrong usage."""

    exit_code = 2


class EncoderError(QuothError):
    """The encoder is missing, its weights are not the expected ones, or a vector is not finite."""

    exit_code = 6


class ReaderError(QuothError):
    """The reader's model is missing, damaged, or of a kind that cannot be used."""

    exit_code = 15


class TestSetError(QuothError):
    """A test set is malformed or does not fit the library."""

    __test__ = False  # keeps pytest from taking the class for a test
    exit_code = 7


class ServeError(QuothError):
    """The server cannot start, for example because its port is taken."""

    exit_code = 8


class ServerBusy(QuothError):
    """The server answers as many questions as it can; only ever told to its visitors."""


class TokenError(QuothError):
    """A token's name is taken, unknown or none, or the file of tokens is damaged."""

    exit_code = 18


class FeedbackError(QuothError):
    """A vote speaks of what is not stored, or the file of votes cannot be used."""

    exit_code = 17


class ProofError(QuothError):
    """A file given as a reply or an evidence card is missing, or is something else."""

    exit_code = 13


class BackupError(QuothError):
    """A backup file cannot be written, is in the way, or does not hold a sound library."""

    exit_code = 14
