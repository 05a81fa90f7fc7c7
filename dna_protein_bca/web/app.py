"""The addresses of the page, and what is done at each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from dna_protein_bca.errors import InputError

from .answer import Answer, answer, mutation_answer
from .jobs import Busy, Deadline, Jobs
from .limits import Limits
from .mutations import CHOICE, read_choice
from .pages import EXAMPLE, answer_page, busy_page, form_page, message_page, waiting_page
from .query import FIELDS, FILES, Collection, read_query
from .security import Guard

if TYPE_CHECKING:
    from dna_protein_bca.predictor import BindingPredictor

ASK_AGAIN = 2
"""Seconds after which a waiting page asks again."""

FORGOTTEN = "There is no such answer, or it was forgotten: ask again."

KINDS = {".html": "text/html", ".tsv": "text/tab-separated-values", ".meme": "text/plain"}
"""Ending of a file -> its media type."""


class Site:
    """The page of one predictor.

    Args:
        predictor: of one set of weights.
        collection: the measured proteins that can be chosen by name.
        limits: how much one visitor may ask for.
    """

    def __init__(self, predictor: BindingPredictor, collection: Collection, limits: Limits) -> None:
        self._predictor, self._collection, self._limits = predictor, collection, limits
        self.jobs: Jobs[Answer] = Jobs(limits.waiting, limits.seconds, limits.kept)

    async def form(self, example: bool = False) -> HTMLResponse:
        """The form; `?example=1` fills it in."""
        given = EXAMPLE if example else {}
        return HTMLResponse(form_page(self._limits, self._collection, given))

    async def predict(self, request: Request) -> Response:
        """Checks a form, and puts it in the line."""
        given = await self._read(request)
        try:
            query = read_query(given, self._collection, self._limits)
        except InputError as error:
            page = form_page(self._limits, self._collection, given, str(error))
            return HTMLResponse(page, status_code=400)
        ready, limits = self._collection.ready, self._limits
        return self._queued(partial(answer, self._predictor, query, ready, limits))

    async def mutations(self, request: Request, token: str) -> Response:
        """Puts the map of a protein's mutations in the line; the protein is one of an answer."""
        found = self._found(token)
        if found.query is None:
            raise HTTPException(404, "There is nothing to mutate in this answer.")
        async with request.form(max_files=0, max_fields=len(CHOICE)) as form:
            given = {name: str(form.get(name, "")) for name in CHOICE}
        try:
            query = read_choice(given, found.query, found.choices)
        except InputError as error:
            return HTMLResponse(message_page("No answer", str(error)), status_code=400)
        return self._queued(partial(mutation_answer, self._predictor, query, self._limits))

    def _queued(self, work: Callable[[Deadline], Answer]) -> Response:
        """The way to the answer of some work, or the page that says that the line is full."""
        try:
            token = self.jobs.submit(work)
        except Busy as busy:
            headers = {"Retry-After": "30"}
            return HTMLResponse(busy_page(busy.before), status_code=503, headers=headers)
        return RedirectResponse(f"/answers/{token}", status_code=303)

    def _found(self, token: str) -> Answer:
        """An answer that is there."""
        job = self.jobs.get(token)
        if job is None or job.answer is None:
            raise HTTPException(404, FORGOTTEN)
        return job.answer

    async def answer(self, token: str) -> HTMLResponse:
        """An answer, or how many come before it."""
        job = self.jobs.get(token)
        if job is None:
            raise HTTPException(404, FORGOTTEN)
        if not job.done:
            page = waiting_page(self.jobs.before(token), ASK_AGAIN)
            return HTMLResponse(page, status_code=202)
        if job.answer is None:
            return HTMLResponse(message_page("No answer", job.error), status_code=400)
        return HTMLResponse(answer_page(token, job.answer))

    async def file(self, token: str, name: str) -> Response:
        """One of the files of an answer."""
        files = self._found(token).files
        if name not in files:
            raise HTTPException(404, "There is no such file.")
        kind = next(kind for ending, kind in KINDS.items() if name.endswith(ending))
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(files[name], media_type=kind, headers=headers)

    async def _read(self, request: Request) -> dict[str, str]:
        """The texts of a form, of its files too: no name of a file is looked at."""
        sizes = {"max_files": len(FILES), "max_fields": len(FIELDS)}
        async with request.form(**sizes, max_part_size=self._limits.body) as form:
            given = {name: str(form.get(name, "")) for name in FIELDS}
            for name in FILES:
                file = form.get(name)
                if isinstance(file, UploadFile):
                    given[name] = (await file.read()).decode("utf-8", "replace")
        return given


def create_app(
    predictor: BindingPredictor,
    collection: Collection,
    limits: Limits | None = None,
    hosts: Sequence[str] = ("localhost", "127.0.0.1", "[::1]"),
) -> FastAPI:
    """The page as an application, which a server runs.

    Args:
        hosts: names under which it may be called: a page elsewhere that points a name of its own
            at this machine is refused.
    """
    limits = limits or Limits()
    site = Site(predictor, collection, limits)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        site.jobs.close()

    # No pages that describe it: those load scripts from another host.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(Guard, body=limits.body)
    app.add_api_route("/", site.form, response_class=HTMLResponse)
    app.add_api_route("/predict", site.predict, methods=["POST"], response_model=None)
    app.add_api_route("/answers/{token}", site.answer, response_class=HTMLResponse)
    path = "/answers/{token}/mutations"
    app.add_api_route(path, site.mutations, methods=["POST"], response_model=None)
    app.add_api_route("/answers/{token}/{name}", site.file, response_model=None)
    app.add_exception_handler(HTTPException, _as_page)
    app.state.site = site
    return app


async def _as_page(request: Request, error: Exception) -> Response:
    """An error of the protocol as a page."""
    assert isinstance(error, HTTPException)
    page = message_page("Not found" if error.status_code == 404 else "No answer", error.detail)
    return HTMLResponse(page, status_code=error.status_code, headers=error.headers)
