"""`kinolenta evaluate`."""

from collections.abc import Sequence
from pathlib import Path

import click
from tqdm import tqdm

from cli.paths import Typed

INSTALL = (
    "charts and tables need {}, which the service does not: "
    ".venv/bin/python -m pip install -r requirements-simulator.txt"
)


@click.command()
@click.option("--plot", type=Typed(dir_okay=False), help="Draw the comparison into this PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print each game's scores, not tables.")
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True,
              help="How often users are drawn.")  # fmt: skip
@click.option("--users", type=click.IntRange(min=10), default=500, show_default=True,
              help="How many users each time, at most.")  # fmt: skip
@click.option("--policy", "policies", multiple=True, metavar="NAME",
              help="Compare only this one; may be given several times.")  # fmt: skip
@click.option("--watched", is_flag=True, help="Count watched titles as likes.")
def evaluate(
    plot: Path | None,
    as_json: bool,
    seeds: int,
    users: int,
    policies: Sequence[str],
    watched: bool,
) -> None:
    """Compare our lists with baselines on your own data: how many titles of a list are liked.

    Users bring the oldest 80 % of their opinions; their first list is scored by the rest. The
    baselines (most popular, item cosine, EASE, LightFM) are tuned on the history. Intervals are
    paired by the draw of users. It runs in this process, with the data on disk; the service is not
    touched.
    """
    try:
        import json

        from cli.evaluation import POLICIES, TooLittle, dataset_of
        from cli.evaluation import evaluate as compare
        from simulator.comparison import tables
        from simulator.lab_chart import draw
        from simulator.policies import names
    except ModuleNotFoundError as missing:
        raise click.ClickException(INSTALL.format(missing.name)) from missing
    from cli.exporter import facts_of, items_of
    from workers import stores

    chosen = list(policies or POLICIES)
    if unknown := [name for name in chosen if name not in names()]:
        raise click.UsageError(f"{unknown[0]} is none of: {', '.join(names())}")
    generation = stores().generations.on_disk()
    if generation is None:
        raise click.ClickException("there is nothing yet: `kinolenta import` brings data in")
    try:
        dataset = dataset_of(
            items_of(stores(), generation), facts_of(stores(), generation), watched
        )
    except TooLittle as error:
        raise click.ClickException(str(error)) from error
    with tqdm(desc="playing", total=seeds * len(chosen), unit="game", disable=None) as bar:

        def tell(name: str) -> None:
            bar.set_postfix_str(name)
            bar.update()

        results = compare(dataset, chosen, range(seeds), users, tell)
    reference = "ours" if "ours" in chosen else chosen[0]
    click.echo(json.dumps(results) if as_json else tables(results, reference))
    if plot:
        draw(results, plot, reference)
        click.echo(f"The picture is in {plot}.")
