"""How commands are grouped: on the help page of taskmon, and those that are several in one."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from cli.pipes import quiet_when_nobody_reads


class ListingGroup(click.Group):
    """A group that lists what it is about when nothing else is said."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        helps = ctx.help_option_names
        is_plain = not args or (args[0].startswith("-") and args[0] not in helps)
        if is_plain and not ctx.resilient_parsing:  # a shell that completes wants to hear of all commands
            args = ["list", *args]
        return super().parse_args(ctx, args)


class Later(click.Command):
    """Stands for a command until it is called for. To import them all takes longer than most take to run.

    `found_at` is `module:name`; `short_help` is that of the command itself, for the help page and for shells.
    """

    def __init__(self, name: str, found_at: str, short_help: str) -> None:
        super().__init__(name, short_help=short_help, help=short_help)
        self._found_at = found_at

    def imported(self) -> click.Command:
        """The command itself."""
        module, _, name = self._found_at.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


class SectionedGroup(click.Group):
    """The group of all commands, whose help page has a section for those that ask a service."""

    asking: Sequence[str] = ()

    def add_asking(self, *commands: click.Command) -> None:
        """Add commands that ask a service, in this order."""
        for command in commands:
            self.add_command(command)
        self.asking = [*self.asking, *(command.name or "" for command in commands)]

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        with quiet_when_nobody_reads():  # here the help page is printed
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with quiet_when_nobody_reads():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called for, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.imported() if isinstance(command, Later) else command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        others = [name for name in self.list_commands(ctx) if name not in self.asking]
        for title, names in (("See and steer, at any Redfish service", self.asking), ("The service", others)):
            found = [(name, self.get_command(ctx, name)) for name in names]
            width = formatter.width - 6 - max(len(name) for name in names)
            lines = [(name, command.get_short_help_str(width)) for name, command in found if command]
            with formatter.section(title):
                formatter.write_dl(lines)
