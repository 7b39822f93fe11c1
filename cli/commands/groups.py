"""How commands are grouped: on the help page of taskmon, and those that are several in one."""

from collections.abc import Sequence

import click


class ListingGroup(click.Group):
    """A group that lists what it is about when nothing else is said."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        helps = ctx.help_option_names
        is_plain = not args or (args[0].startswith("-") and args[0] not in helps)
        if is_plain and not ctx.resilient_parsing:  # a shell that completes wants to hear of all commands
            args = ["list", *args]
        return super().parse_args(ctx, args)


class SectionedGroup(click.Group):
    """The group of all commands, whose help page has a section for those that ask a service."""

    asking: Sequence[str] = ()

    def add_asking(self, *commands: click.Command) -> None:
        """Add commands that ask a service, in this order."""
        for command in commands:
            self.add_command(command)
        self.asking = [*self.asking, *(command.name or "" for command in commands)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        others = [name for name in self.list_commands(ctx) if name not in self.asking]
        for title, names in (("See and steer, at any Redfish service", self.asking), ("The service", others)):
            found = [(name, self.get_command(ctx, name)) for name in names]
            width = formatter.width - 6 - max(len(name) for name in names)
            lines = [(name, command.get_short_help_str(width)) for name, command in found if command]
            with formatter.section(title):
                formatter.write_dl(lines)
