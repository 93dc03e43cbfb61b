"""The PEM file of who signed a service's certificate, as a setting names it."""

import ssl


def trusting(path: str, variable: str, refused: type[ValueError]) -> ssl.SSLContext:
    """What verifies a service by `path`, or by the system's authorities where it is empty.

    A file that is none raises `refused`, with a line that names `variable`.
    """
    try:
        return ssl.create_default_context(cafile=path or None)
    except ssl.SSLError as error:
        raise refused(f"{variable}: {path} holds no certificate") from error
    except OSError as error:
        raise refused(f"{variable}: {path}: {error.strerror}") from error
