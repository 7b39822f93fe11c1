"""The entry point: every command by name, and where it is to be found once it is called for."""

import sys
from pathlib import Path

import click

from cli.commands.groups import Later, SectionedGroup
from cli.commands.table import ASKING
from cli.failing import BAD_USAGE, FAILED, fail


@click.group(
    cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="taskmon", prog_name="taskmon")
def commands() -> None:
    """taskmon, a Redfish Task Service for fleets of servers."""


@commands.command()
@click.option("--keep", is_flag=True, help="Leave all of it running until Ctrl-C.")
def demo(keep: bool) -> None:
    """See it work: 24 simulated servers, a reset, a failure, an abort."""
    from cli.demo.command import run_demo  # with all that it draws: only who wants to see it waits for it

    raise SystemExit(run_demo((sys.executable, str(Path(__file__).resolve())), keep=keep))


for name, found_at, short_help in (
    ("serve", "service.commands:serve", "Run the service until SIGTERM or SIGINT."),
    ("account", "service.commands:account", "The accounts of a data folder."),
    (
        "store",
        "service.commands:store_group",
        "The records of a data folder; a service may run on it meanwhile.",
    ),
    (
        "simulate",
        "fleet.simulator.command:simulate",
        "Simulate servers (BMCs), each at its own address in 127.0.0.0/8.",
    ),
    ("config", "config.command:config_group", "The settings: whether they are sound, and what they are."),
    ("completion", "cli.commands.completion:completion", "Print the completion for a shell."),
):
    commands.add_command(Later(name, found_at, short_help))
commands.add_asking(*ASKING)


def main() -> None:
    """The command line; a mistake in it is told in one sentence, like any other."""
    try:
        commands.main(prog_name="taskmon", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        raise SystemExit(BAD_USAGE) from None
    except click.ClickException as error:
        fail(error.format_message(), error.exit_code)
    except click.Abort:
        fail("Interrupted.", FAILED)


if __name__ == "__main__":
    main()
