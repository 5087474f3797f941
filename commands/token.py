"""Tokens for who may change the collection over HTTP: `token new`, `token list` and `token revoke`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from commands.options import ReportOption
from commands.output import chosen, print_json, print_table

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the token is for: small letters, digits, -.")]


def new(context: typer.Context, name: NameArgument) -> None:
    """Make a token for `serve --admin` and print it, this once; only its hash is kept.

    Example: samenwijzer --kb kb token new redactie
    """
    from corpus import tokens
    from corpus.store import Corpus

    Corpus(context.obj).close()  # a token is for a knowledge base that is there
    typer.echo(tokens.new(context.obj, name))


def listed(context: typer.Context, form: ReportOption = None) -> None:
    """Show the tokens, revoked ones too.

    Example: samenwijzer --kb kb token list
    """
    from corpus import tokens

    records = [{k: v for k, v in asdict(t).items() if k != "sha256"} for t in tokens.tokens(context.obj)]
    if chosen(form) == "json":
        print_json(records, "json")
    elif chosen(form) == "jsonl":
        for record in records:
            print_json(record, "jsonl")
    else:
        print_table(("name", "made", "revoked"), [(r["name"], r["created_at"], r["revoked_at"] or "") for r in records])


def revoke(context: typer.Context, name: NameArgument) -> None:
    """Make a token worthless, at once and for good.

    Example: samenwijzer --kb kb token revoke redactie
    """
    from corpus import tokens

    tokens.revoke(context.obj, name)
    typer.echo(f"{name}: revoked", err=True)
