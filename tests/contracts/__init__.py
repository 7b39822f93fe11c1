"""The same promises asked of every back end: the contracts of the ports."""
