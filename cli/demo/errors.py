"""What ends the demo before its end, as a sentence for who looks at it."""


class DemoError(Exception):
    """Something was not as it should be; the message is a sentence, or a few lines that begin with one."""
