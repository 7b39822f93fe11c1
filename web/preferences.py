"""The header Prefer (RFC 7240): which answer a client would rather have."""

from tornado.httputil import HTTPHeaders


def preferred_return(headers: HTTPHeaders) -> str:
    """What `return=…` says, in lower case, or an empty string; of several for `return` the first counts."""
    for preference in ",".join(headers.get_list("Prefer")).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return value.strip().strip('"').lower()
    return ""
