"""What may be changed over HTTP, only on a server that offers it and only by who has a token: /v1/beheer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.description import PROBLEMS, Responses, problem
from api.problems import Failure
from corpus import audit, withdrawal
from corpus.errors import UsageError
from corpus.store import Corpus
from corpus.tokens import holder
from index import rebuild

_BEARER = HTTPBearer(auto_error=False, description="Een token van `samenwijzer token new`.")
_DENIED = "Hiervoor is een geldig token nodig, in de header Authorization: Bearer."
_NOT_FOUND: Responses = {404: problem("Deze publicatie is niet in de collectie, of niet ingetrokken.")}


class HandelingModel(BaseModel):
    """Iets wat met de collectie gedaan is."""

    model_config = ConfigDict(from_attributes=True)

    at: str = Field(description="Wanneer (UTC).", json_schema_extra={"format": "date-time"})
    by: str = Field(description="De naam van het token, of command line.")
    action: str = Field(description="withdraw, readmit, rebuild, token new, token revoke of refused.")
    outcome: str = Field(description="Hoe het afliep: started, done of failed, met wat erbij hoort.")
    subject: str | None = Field(description="Waarmee het gedaan is; null is de hele collectie.")


class HandelingList(BaseModel):
    """Wat het laatst met de collectie gedaan is, het nieuwste eerst."""

    handelingen: list[HandelingModel]


class IngetrokkenModel(BaseModel):
    """Een publicatie die uit de collectie genomen is."""

    id: str = Field(description="Id van de publicatie.")
    at: str = Field(description="Wanneer (UTC).", json_schema_extra={"format": "date-time"})


class IngetrokkenList(BaseModel):
    """De publicaties die uit de collectie genomen zijn, de laatste eerst."""

    publications: list[IngetrokkenModel]


class Started(BaseModel):
    """Er wordt een nieuwe momentopname gemaakt."""

    status: str = Field(
        description="Altijd started; hoe het afloopt staat in /beheer/handelingen.", examples=["started"]
    )


def knowledge_base(request: Request) -> Path:
    """Return the folder that this server serves."""
    return Path(request.app.state.live.kb)


Kb = Annotated[Path, Depends(knowledge_base)]


def authorised(
    kb: Kb, response: Response, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> str:
    """Return the name of the token in the request.

    Who has no token leaves no line in the audit log: outsiders could fill the disk with it. A revoked one does.

    Raises:
        Failure: 401, there is none or it is no longer one.
    """
    token = holder(kb, credentials.credentials) if credentials else None
    if token and token.revoked_at:
        audit.record(kb, token.name, "refused", "the token was revoked")
    if token is None or token.revoked_at:
        raise Failure(401, _DENIED, headers={"WWW-Authenticate": 'Bearer realm="beheer"'})
    response.headers["Cache-Control"] = "no-store"
    return token.name


By = Annotated[str, Depends(authorised)]
Id = Annotated[str, PathParameter(max_length=64, description="Id van een publicatie.", examples=[examples.DOCUMENT_ID])]

router = APIRouter(
    prefix="/beheer",
    tags=["beheer"],
    responses=PROBLEMS | {401: problem(_DENIED)},
    dependencies=[Depends(authorised)],
)


@router.get("/handelingen", summary="Wat er met de collectie gedaan is", operation_id="handelingen")
def get_actions(
    kb: Kb, limiet: Annotated[int, Query(ge=1, le=1000, description="Aantal handelingen, 1–1000.")] = 100
) -> HandelingList:
    """Geeft de laatste handelingen, het nieuwste eerst."""
    return HandelingList(handelingen=[HandelingModel.model_validate(entry) for entry in audit.read(kb, limiet)])


@router.get("/ingetrokken-publicaties", summary="Ingetrokken publicaties", operation_id="ingetrokkenPublicaties")
def get_withdrawn(kb: Kb) -> IngetrokkenList:
    """Geeft de publicaties die uit de collectie genomen zijn, de laatste eerst."""
    with Corpus(kb) as corpus:
        found = corpus.withdrawn()
    return IngetrokkenList(publications=[IngetrokkenModel(id=id, at=at) for id, at in found.items()])


@router.put(
    "/ingetrokken-publicaties/{id}", summary="Trek een publicatie in", operation_id="trekIn", responses=_NOT_FOUND
)
def put_withdrawn(kb: Kb, by: By, id: Id) -> IngetrokkenModel:
    """Neemt een publicatie uit de collectie; vanaf de volgende momentopname is zij niet te vinden."""
    try:
        return IngetrokkenModel(id=id, at=withdrawal.withdraw(kb, id, by))
    except UsageError as exc:
        raise Failure(404, "Deze publicatie is niet in de collectie.") from exc


@router.delete(
    "/ingetrokken-publicaties/{id}",
    summary="Zet een ingetrokken publicatie terug",
    operation_id="zetTerug",
    status_code=204,
    responses=_NOT_FOUND,
)
def delete_withdrawn(kb: Kb, by: By, id: Id) -> None:
    """Zet een ingetrokken publicatie terug; vanaf de volgende momentopname is zij weer te vinden."""
    try:
        withdrawal.readmit(kb, id, by)
    except UsageError as exc:
        raise Failure(404, "Deze publicatie is niet ingetrokken.") from exc


@router.post("/momentopnamen", summary="Maak een nieuwe momentopname", operation_id="maakMomentopname", status_code=202)
def post_snapshot(request: Request, kb: Kb, by: By) -> Started:
    """Begint aan een nieuwe momentopname; de server gaat ermee verder zodra zij klaar is."""
    rebuild.start(kb, by, request.app.state.engine)
    return Started(status="started")
