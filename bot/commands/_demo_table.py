"""The demo's closing tables: who spoke what where, how fast, and which expectations held."""

from statistics import median

from rich.console import Console
from rich.table import Table

from bot.commands._demo_stage import Stage
from storage import ledger


async def close(stage: Stage, seconds: float) -> bool:
    """Print the tables; whether every expectation held."""
    console = Console(soft_wrap=True)
    console.print()
    console.print(_people(stage))
    wrong = await stage.app.database.read(ledger.audit)
    stage.check("the ledger balances", not wrong)
    failed = [what for what, held in stage.checks if not held]
    for what, held in stage.checks:
        console.print(f"  {'[green]✓[/]' if held else '[red]✗[/]'} {what}")
    total = len(stage.checks)
    colour = "green" if not failed else "red"
    console.print(f"\n[{colour}]{total - len(failed)} of {total} expectations held[/] in {seconds:.1f} s")
    return not failed


def _people(stage: Stage) -> Table:
    table = Table(title="The members", title_justify="left")
    for column in ("member", "channel", "wrote", "received", "median answer"):
        table.add_column(column, justify="right" if column in ("wrote", "received", "median answer") else "left")
    for person in stage.people:
        answer = f"{median(person.latencies):.0f} ms" if person.latencies else ""
        table.add_row(person.name, person.phone.channel, str(person.sent), str(person.received), answer)
    return table
