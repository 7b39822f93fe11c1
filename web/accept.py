"""The header Accept: whether a client takes what a resource is written in (RFC 9110, 12.5.1)."""


def accepts(header: str, content_type: str) -> bool:
    """Whether a request with this Accept takes an answer of this type; one without Accept takes any.

    The most exact range that fits decides: `application/json;q=0, */*` refuses JSON. Parameters but `q` make
    no difference, so `application/json;charset=utf-8` is `application/json`.
    """
    if not header.strip():
        return True
    media = content_type.partition(";")[0].strip().lower()
    weights: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name.lower()] = weight_of(parameters)
    for fitting in (media, f"{media.partition('/')[0]}/*", "*/*", "*"):
        if fitting in weights:
            return weights[fitting] > 0
    return False


def weight_of(parameters: list[str]) -> float:
    """What `q=` says among the parameters of one choice, from 0, which refuses it; 1 where there is none."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 1.0
            return weight if 0 <= weight <= 1 else 1.0
    return 1.0
